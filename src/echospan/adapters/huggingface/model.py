"""A causal language model of transformers, as the checks of `echospan.conform` run it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import torch

from echospan.adapters.huggingface import packing, states, weights
from echospan.adapters.huggingface.calling import Call
from echospan.adapters.huggingface.finding import FIELD, quiet
from echospan.adapters.huggingface.precision import float64
from echospan.adapters.huggingface.promises import promises_of
from echospan.adapters.huggingface.script import script_of
from echospan.adapters.stateful import Script, StatefulModel, StatefulPart
from echospan.adapters.support import SUPPORTED, NotSupported, Support
from echospan.errors import ConfigError
from echospan.foreign import one_line

BLOCKS = ("chunk_size", "mamba_chunk_size", "attention_chunk_size", "block_size")
RECURRENT = re.compile(r"conv|recurrent|ssm|rnn|state|linear")
"""In the path of a tensor of a cache: it is no key and no value of attention."""
FIRST = 3
"""The first symbol that is drawn: those before have a meaning, such as padding."""


class HuggingFaceModel(StatefulModel):
    """A model of transformers that is this adapter's own: it may change its weights.

    Args:
        model: In float64, in eval mode.
        text: What messages call it.
        sizes: Arguments of its configuration, for a script; None where they aren't known.
        notes: What was done to it.

    Raises:
        ConfigError: It gives no state to go on from, or its vocabulary has one symbol.
    """

    framework = "torch"
    precision = "float64"

    def __init__(
        self, model: Any, text: str, sizes: Mapping[str, Any] | None, notes: tuple[str, ...]
    ) -> None:
        import transformers

        self.model = model.requires_grad_(False)
        self.text, self.notes, self.sizes = text, notes, sizes
        self.versions = {"transformers": transformers.__version__, "torch": torch.__version__}
        self.call = Call.of(model)
        self.outside = False
        self.device = next(model.parameters()).device
        self.symbols = int(model.config.get_text_config(decoder=True).vocab_size)
        if self.symbols < 2:
            raise ConfigError(FIELD, "one with a vocabulary of at least 2", text,
                              "Its configuration says vocab_size=1.")  # fmt: skip
        if not self.call.cache:
            raise ConfigError(FIELD, "one that takes a cache", text,
                              "Its forward has no argument cache or past_key_values.")  # fmt: skip
        self.blocks = tuple(
            sorted({n for name in BLOCKS if (n := getattr(model.config, name, None)) and n > 1})
        )
        self.kernel = max(
            (m.kernel_size[0] for m in model.modules() if isinstance(m, torch.nn.Conv1d)), default=1
        )
        state = self._probe()
        self.without = states.missing(state)
        recurrent = self.kernel > 1 or any(map(RECURRENT.search, states.leaves_of(state)))
        self.means = packing.means_of(self.call, recurrent)
        self.promises = promises_of(recurrent, packing.reads_keywords(model))

    def _probe(self) -> Any:
        """A state, from one short call.

        Raises:
            ConfigError: The call fails or gives none.
        """
        try:
            with self.ready():
                _, state = self.run(self.inputs(1, 3, 0), None)
                if state is None and self.call.cache != "state":
                    # Its output has no place for the cache, which `generate` makes outside.
                    self.outside = True
                    _, state = self.run(self.inputs(1, 3, 0), None)
        except Exception as error:
            raise ConfigError(
                FIELD, "one that runs on input_ids alone", self.text,
                f"A call failed: {one_line(str(error))[:200]}.",
            ) from error  # fmt: skip
        if state is None:
            raise ConfigError(
                FIELD, "one that returns a cache", self.text,
                f"With use_cache=True its output has no {self.call.cache}.",
            )  # fmt: skip
        return state

    def support(self, part: StatefulPart) -> Support:
        """By the signature of its forward, and the methods of its cache."""
        if part == "mask" and not self.call.mask:
            return Support("refused", self.call.no_mask)
        if part == "positions" and not self.call.positions:
            return Support("refused", "its forward takes no position_ids")
        if part == "packed" and not self.means:
            return Support("refused", "its forward takes no position_ids")
        if part in self.without:
            return Support("refused", self.without[part])
        return SUPPORTED

    @contextmanager
    def ready(self) -> Iterator[None]:
        """All in float64."""
        with quiet(), float64(), torch.no_grad():
            yield

    def inputs(self, batch: int, time: int, seed: int) -> np.ndarray:
        """Symbols, none of them special where the vocabulary is large enough."""
        first = FIRST if self.symbols > 2 * FIRST else 0
        many = self.symbols - first
        drawn = np.random.default_rng(0).integers(0, many, (batch, time))
        # Another seed gives other symbols at all places.
        return np.asarray((drawn + (seed * 7) % many) % many + first)

    def whole(
        self,
        x: np.ndarray,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> np.ndarray:
        """Without a cache."""
        given = self.call.arguments(x, None, mask, positions, self.device)
        given.pop("cache_position", None)
        return _array(self.model(**given, use_cache=False).logits)

    def run(
        self,
        x: np.ndarray,
        state: Any,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[np.ndarray, Any]:
        """With the cache that the call before returned."""
        logits, state = self._run(x, state, mask, positions)
        return _array(logits), state

    def _run(
        self,
        x: np.ndarray,
        state: Any,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[Any, Any]:
        if state is None and self.outside:
            state = self._empty()
        given = self.call.arguments(x, state, mask, positions, self.device)
        output = self.model(**given, use_cache=True)
        after = getattr(output, self.call.cache, None)
        return output.logits, state if after is None else after

    def _empty(self) -> Any:
        from transformers import DynamicCache

        return DynamicCache(config=self.model.config)

    def leaves(self, state: Any) -> dict[str, np.ndarray]:
        """Tensors by their path in the cache."""
        return states.leaves_of(state)

    def copy(self, state: Any) -> Any:
        """With `copy.deepcopy`."""
        return states.copied(state)

    def save(self, state: Any) -> Any:
        """With `torch.save` and `torch.load`."""
        return states.saved(state)

    def rows(self, state: Any, index: Sequence[int]) -> Any:
        """With `reorder_cache`."""
        self.require("rows")
        return states.reordered(state, index, self.device)

    def reset(self, state: Any) -> Any:
        """With the cache's `reset`."""
        self.require("reset")
        state.reset()
        return state

    def crop(self, state: Any, steps: int) -> Any:
        """With the cache's `crop` of a negative number, which versions 4 and 5 take alike."""
        self.require("crop")
        state.crop(-steps)
        return state

    def packings(self) -> tuple[str, ...]:
        """By position ids, and for a recurrence by keywords, too."""
        return self.means

    def packed(self, x: np.ndarray, lengths: Sequence[int], means: str) -> np.ndarray:
        """In one call without a cache and without a mask."""
        self.require("packed")
        given = packing.arguments_of(lengths, means, self.device)
        x_there = torch.as_tensor(x, device=self.device)
        return _array(self.model(input_ids=x_there, use_cache=False, **given).logits)

    def gradient(self, chunks: Sequence[np.ndarray], mixture: np.ndarray) -> np.ndarray:
        """With respect to the vectors of the first chunk's symbols."""
        vectors: list[Any] = []

        def keep(_: Any, __: Any, output: Any) -> Any:
            if vectors:
                return output
            vectors.append(output.detach().requires_grad_(True))
            return vectors[0]

        state = None
        handle = self.model.get_input_embeddings().register_forward_hook(keep)
        try:
            with torch.enable_grad():
                for chunk in chunks:
                    logits, state = self._run(chunk, state)
                if not vectors:
                    raise NotSupported("gradient", "its inputs do not go through one embedding")
                total = (logits * torch.as_tensor(mixture, device=self.device)).sum()
                (found,) = torch.autograd.grad(total, vectors, allow_unused=True)
        finally:
            handle.remove()
        return _array(torch.zeros_like(vectors[0]) if found is None else found)

    def moved(self, seed: int) -> AbstractContextManager[None]:
        """Each weight moved to a neighbouring number."""
        return weights.moved(self.model, seed)

    def drawn(self, seed: int) -> AbstractContextManager[None]:
        """Weights of 1/sqrt(inputs)."""
        return weights.drawn(self.model, seed)

    def script(self) -> Script | None:
        """Plain lines of transformers."""
        return script_of(self.model, self.sizes, self.call, self.outside)


def _array(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().cpu().numpy())
