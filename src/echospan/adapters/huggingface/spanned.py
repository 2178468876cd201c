"""A causal language model of transformers with new weights, as a span trains it on symbols."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch

from echospan.adapters.huggingface.finding import FIELD, class_of, quiet, usable
from echospan.adapters.huggingface.memory import numbers_kept
from echospan.adapters.huggingface.sizes import HIDDEN, small_sizes
from echospan.adapters.loading import INPUT_ATTRIBUTE, LONGEST_ATTRIBUTE, STATE_BITS_ATTRIBUTE
from echospan.errors import ConfigError
from echospan.foreign import one_line

UNITS = 32
"""Width by default."""
STEP = 8
"""Widths are multiples of this, so that heads have an even width."""
LONGEST = 512
"""Steps for which a model has positions, where each position has weights of its own."""
SPECIAL = ("pad_token_id", "bos_token_id", "eos_token_id")
RESERVED = 3
"""Symbols before those of the task, for a class that can't be without special ones."""

WIDTHS = frozenset(
    [
        "hidden_size",
        "n_embd",
        "d_model",
        "emb_dim",
        "embedding_size",
        "word_embed_proj_dim",
        "input_embedding_size",
        "output_embedding_size",
        "intermediate_size",
        "ffn_dim",
        "n_inner",
        "dff",
        "dim_ff",
        "d_inner",
        "decoder_ffn_dim",
        "encoder_ffn_dim",
        "ffn_hidden_size",
        "moe_intermediate_size",
        "expert_ffn_hidden_size",
        "shared_expert_intermediate_size",
        "shared_experts_intermediate_size",
        "shared_intermediate_size",
        "moe_shared_expert_intermediate_size",
        "hidden_size_per_layer_input",
        "dense_intermediate_size",
        "head_dim",
        "dim_head",
        "rotary_dim",
        "q_lora_rank",
        "kv_lora_rank",
        "qk_rope_head_dim",
        "qk_nope_head_dim",
        "v_head_dim",
        "index_head_dim",
        "mamba_head_dim",
        "mamba_d_head",
        "mamba_d_ssm",
        "linear_key_head_dim",
        "linear_value_head_dim",
        "linear_head_dim",
        "lru_width",
        "o_lora_rank",
        "laurel_rank",
    ]
)
"""Arguments of configurations that grow with the width."""

LENGTHS = frozenset(
    [
        "max_position_embeddings",
        "n_positions",
        "n_ctx",
        "max_seq_len",
        "context_length",
        "sliding_window",
        "attention_window_size",
        "local_attention",
        "window_size",
        "attention_chunk_size",
    ]
)
"""Arguments that are numbers of steps."""


class SymbolModel(torch.nn.Module):  # type: ignore[misc]
    """A model on symbols (batch, time), as whole sequences.

    Args:
        model: An instance of a causal language model of transformers.
        first: Its symbol that stands for the task's first one.
        longest: Most steps that it takes; None for no limit.
    """

    def __init__(self, model: Any, first: int, longest: int | None) -> None:
        super().__init__()
        self.model, self.first = model, first
        setattr(self, INPUT_ATTRIBUTE, "integers")
        if (numbers := numbers_kept(model)) is not None:
            setattr(self, STATE_BITS_ATTRIBUTE, 32 * numbers)
        if longest is not None:
            setattr(self, LONGEST_ATTRIBUTE, longest)

    def forward(self, x: Any) -> Any:
        """Scores (batch, time, symbols)."""
        with quiet():
            logits = self.model(input_ids=x + self.first, use_cache=False).logits
        return logits[..., self.first :].float()


def symbol_model(name: str, symbols: int, units: int = UNITS) -> SymbolModel:
    """A model of a class of transformers, with weights from torch's global stream.

    It has two layers, or as many as it has kinds of them, no dropout, and no window shorter than
    `LONGEST` steps.

    Args:
        name: Of the class, such as ``MambaForCausalLM``.
        symbols: Size of its vocabulary.
        units: Its width; a multiple of `STEP` near it is taken.

    Raises:
        ConfigError: There is no such class, or no model of it can be made so.
    """
    found = usable(class_of(name))
    problem: Exception | None = None
    for first in (0, RESERVED):
        sizes = sizes_for(found.config_class, symbols + first, units, special=first > 0)
        try:
            with quiet():
                made = found(found.config_class(**sizes)).float()
                if not _runs(made, symbols + first, 2):
                    raise ValueError("it gives no scores of all symbols at every step")
                longest = None if _runs(made, symbols + first, LONGEST + 1) else LONGEST
            return SymbolModel(made, first, longest)
        except Exception as error:
            problem = problem or error
    raise ConfigError(
        FIELD, "a class of which a small model can be made", f"hf:{name}",
        f"Making one for {symbols} symbols failed: {one_line(str(problem))[:200]}. "
        "Write a function (symbols, units) that returns one.",
    ) from problem  # fmt: skip


def sizes_for(config_class: Any, vocabulary: int, units: int, *, special: bool) -> dict[str, Any]:
    """Arguments of the configuration.

    Args:
        config_class: A configuration class of transformers.
        vocabulary: Number of symbols, special ones included.
        units: Width.
        special: Whether the first symbols are special.
    """
    width = STEP * max(1, round(units / STEP))
    arguments = inspect.signature(config_class.__init__).parameters
    chosen: dict[str, Any] = {}
    for key, value in small_sizes(config_class).items():
        if key in WIDTHS and isinstance(value, int):
            value = max(1, value * width // HIDDEN)
        elif key in LENGTHS:
            value = LONGEST
        elif key.startswith("vocab_size"):
            value = vocabulary
        chosen[key] = value
    chosen |= {key: number if special else None for number, key in enumerate(SPECIAL)}
    return chosen | {key: 0.0 for key in arguments if _drops(key, arguments)}


def _drops(key: str, arguments: Mapping[str, inspect.Parameter]) -> bool:
    """Whether an argument is a share of numbers that are dropped in training."""
    named = "dropout" in key or key.endswith(("_drop", "_pdrop"))
    return named and isinstance(arguments[key].default, float)


def _runs(model: Any, symbols: int, steps: int) -> bool:
    """Whether it gives scores for so many steps."""
    given = torch.arange(steps)[None] % symbols
    training = model.training
    try:
        with torch.no_grad():
            logits = model.eval()(input_ids=given, use_cache=False).logits
        return tuple(logits.shape) == (1, steps, symbols)
    except (IndexError, RuntimeError, ValueError, AssertionError):
        return False
    finally:
        model.train(training)
