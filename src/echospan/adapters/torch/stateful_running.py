"""Running a copy of a torch module from a state, and what can be done to the state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.state import batch_axes
from echospan.adapters.stateful import StatefulModel
from echospan.adapters.support import NotSupported
from echospan.adapters.torch.conventions import draw
from echospan.adapters.torch.double import in_double
from echospan.adapters.torch.enlarged import enlarge, kept, nudge
from echospan.adapters.torch.running import to_numpy
from echospan.adapters.torch.state_calls import Caller, Convention, Given
from echospan.adapters.torch.state_gradient import differentiate
from echospan.adapters.torch.state_methods import StateMethods
from echospan.adapters.torch.state_signature import StateSignature, packing_values
from echospan.adapters.torch.state_tree import arrays, duplicate, taken, through_bytes
from echospan.adapters.torch.stateful_arguments import MaskStyle

if TYPE_CHECKING:
    import torch

STEPS = 5
"""Steps of the calls from which the shape of the state is learned."""

LARGE = 1e6
"""Outputs beyond this show that enlarged weights make the module explode."""


@dataclass(frozen=True)
class Carried:
    """A state with what callers of a module count beside it.

    Attributes:
        value: What the module handed on.
        steps: Steps that were processed.
        rows: Rows of the batch.
    """

    value: Any
    steps: int
    rows: int


class TorchStatefulRunning(StatefulModel):
    """The part of `TorchStateful` that runs; see `echospan.adapters.stateful.StatefulModel`."""

    model: torch.nn.Module
    _caller: Caller
    _convention: Convention
    _signature: StateSignature
    _methods: StateMethods
    _mask: MaskStyle
    _narrow: tuple[Any, ...]
    _axes: dict[str, int | None]
    _refused: str

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Double precision, one thread (small models run faster on one), and no gradients."""
        import torch

        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with in_double(self._narrow), torch.random.fork_rng(devices=[]), torch.no_grad():
                yield
        finally:
            torch.set_num_threads(threads)

    def inputs(self, batch: int, time: int, seed: int) -> np.ndarray:
        """Normal numbers (batch, time, features), or symbols (batch, time)."""
        return draw(self._convention, (batch, time), seed)

    def whole(
        self,
        x: np.ndarray,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> np.ndarray:
        """Outputs of one call without a state."""
        with self._inside():
            given = self._what(mask, positions, 0, x.shape[1])
            return to_numpy(self._caller(self.tensor(x), None, given, stateful=False)[0])

    def run(
        self,
        x: np.ndarray,
        state: Any,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[np.ndarray, Any]:
        """Outputs of the next chunk, and the state as the module hands it on."""
        self._require_state("run")
        before = state or Carried(None, 0, len(x))
        with self._inside():
            given = self._what(mask, positions, before.steps, x.shape[1])
            y, after = self._caller(self.tensor(x), before.value, given)
            return to_numpy(y).copy(), Carried(after, before.steps + x.shape[1], len(x))

    def leaves(self, state: Any) -> dict[str, np.ndarray]:
        """The tensors and numbers of a state by name."""
        return arrays(state.value)

    def copy(self, state: Any) -> Any:
        """The same state in memory of its own."""
        return state and replace(state, value=duplicate(state.value))

    def save(self, state: Any) -> Any:
        """The state through `torch.save` and `torch.load`."""
        self.require("save")
        return replace(state, value=through_bytes(state.value))

    def rows(self, state: Any, index: Sequence[int]) -> Any:
        """Rows by the state's own method for it; without one, on the axis that is the batch's."""
        import torch

        self.require("rows")
        with self._inside():
            order = torch.as_tensor(np.asarray(index, "int64"))
            own, value = self._methods.reorder(state.value, order)
            if not own:
                value = taken(state.value, order, self._axes)
        return replace(state, value=value, rows=len(order))

    def reset(self, state: Any) -> Any:
        """The state put back by its own method, or by the module's."""
        self.require("reset")
        with self._inside():
            return Carried(self._methods.reset(state.value, state.rows), 0, state.rows)

    def crop(self, state: Any, steps: int) -> Any:
        """The state with steps taken back by its own method, or by the module's."""
        self.require("crop")
        with self._inside():
            value = self._methods.crop(state.value, steps, state.steps)
        return replace(state, value=value, steps=state.steps - steps)

    def packings(self) -> tuple[str, ...]:
        """Arguments of `forward` for borders of documents."""
        return self._signature.packings

    def packed(self, x: np.ndarray, lengths: Sequence[int], means: str) -> np.ndarray:
        """Outputs of documents in one row, with their borders told in one argument."""
        self.require("packed")
        with self._inside():
            told = packing_values(means, list(lengths))
            if not self._convention.batch_first and told.ndim > 1:
                told = told.transpose(0, 1)
            given = replace(self._what(None, None, 0, x.shape[1]), keywords={means: told})
            return to_numpy(self._caller(self.tensor(x), None, given, stateful=False)[0])

    def gradient(self, chunks: Sequence[np.ndarray], mixture: np.ndarray) -> np.ndarray:
        """By autograd through the state as it is handed on."""
        self.require("gradient")
        with self._inside():
            given = [self.tensor(chunk) for chunk in chunks]
            starts = np.cumsum([0, *(chunk.shape[1] for chunk in chunks)])
            more = [
                self._what(None, None, int(start), chunk.shape[1])
                for start, chunk in zip(starts, chunks, strict=False)
            ]
            return to_numpy(differentiate(self._caller, given, more, self.tensor(mixture)))

    @contextmanager
    def moved(self, seed: int) -> Iterator[None]:
        """Run with each weight moved by one unit in the last place."""
        with kept(self.model):
            nudge(self.model, seed)
            yield

    @contextmanager
    def drawn(self, seed: int) -> Iterator[None]:
        """Run with enlarged weights; smaller again where they make the outputs explode."""
        with kept(self.model) as before:
            enlarge(self.model, seed)
            self._calm(before)
            yield

    def tensor(self, values: np.ndarray) -> torch.Tensor:
        """Inputs as a tensor: integers, or double precision."""
        import torch

        kind = torch.float64 if values.dtype.kind == "f" else torch.int64
        return torch.as_tensor(np.array(values, order="C")).to(kind)

    @contextmanager
    def _inside(self) -> Iterator[None]:
        """The context of one call, also where it is not made inside `ready`."""
        import torch

        if torch.get_default_dtype() is torch.float64 and not torch.is_grad_enabled():
            yield
            return
        with self.ready():
            yield

    def _what(
        self, mask: np.ndarray | None, positions: np.ndarray | None, start: int, time: int
    ) -> Given:
        import torch

        if mask is not None and self._mask.refused:
            raise NotSupported("mask", self._mask.refused)
        return Given(
            None if mask is None else self._mask.given(mask, time),
            None if positions is None else torch.as_tensor(positions),
            start,
        )

    def _require_state(self, part: str) -> None:
        if self._refused:
            raise NotSupported(part, self._refused)

    def _batch_axes(self) -> dict[str, int | None]:
        two, three = (self.run(self.inputs(n, STEPS, 0), None)[1] for n in (2, 3))
        return batch_axes(self.leaves(two), self.leaves(three))

    def _sample(self) -> Any:
        """A state as the module hands it on."""
        return self.run(self.inputs(2, STEPS, 0), None)[1].value

    def _why_no_rows(self) -> str:
        with self._inside():
            names = set(arrays(self._sample()))
        missing = sorted(names - set(self._axes))
        return f"which axis of {missing[0]} holds the rows is not known" if missing else ""

    def _calm(self, before: dict[str, torch.Tensor]) -> None:
        """Go half the way back to the weights as given, until outputs are of ordinary size."""
        import torch

        x = self.inputs(2, 8 * STEPS, 0)
        for _ in range(8):
            try:
                y = np.abs(self.whole(x))
            except Exception:
                # A module that refuses the length says so when the checks call it.
                return
            if np.isfinite(y).all() and y.max(initial=0.0) < LARGE:
                return
            with torch.no_grad():
                for name, parameter in self.model.named_parameters():
                    parameter.copy_((parameter + before[name]) / 2)
