"""A copy of a torch module as the probes want it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.torch_modules.clone import Memory, NotCloneable
from echospan.doctor.torch_modules.redraw import redraw

if TYPE_CHECKING:
    import torch


def takes_state(model: torch.nn.Module) -> bool:
    """Whether `forward` has a place for a state: ``forward(x, state)``."""
    parameters = list(inspect.signature(model.forward).parameters.values())
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return len(places) >= 2


class TorchMachine:
    """See `echospan.doctor.machine.Machine`.

    Args:
        made: A copy of the user's module, see `clone`.
        rows: Rows of every batch.
        vocabulary: Symbols of an integer input; None for floats.
        precision: Float type of the copy.
        batch_first: Whether the module is given (batch, time, ...), or else (time, batch, ...).
    """

    def __init__(
        self,
        made: torch.nn.Module,
        rows: int,
        vocabulary: int | None,
        precision: str,
        *,
        batch_first: bool = True,
    ) -> None:
        self.model, self.rows, self.vocabulary, self.precision = made, rows, vocabulary, precision
        self.batch_first = batch_first
        self.hands_on = takes_state(made)
        self._memory = Memory(made)

    def redraw(self, number: int) -> None:
        """Weights of that draw."""
        redraw(self.model, number)

    def replay(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Outputs (rows, answers, features) of each batch, state carried from zero."""
        import torch

        found, state = [], None
        with self._quiet(), torch.no_grad():
            for batch in batches:
                outputs, state = self._call(self._in(batch), state)
                found.append(self._shaped(outputs).numpy())
        return found

    def replay_apart(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Outputs of batches in order, no state handed on: only what the module keeps itself."""
        import torch

        with self._quiet(), torch.no_grad():
            return [self._shaped(self._call(self._in(b), None)[0]).numpy() for b in batches]

    def raw(self, batch: np.ndarray) -> torch.Tensor:
        """The outputs of one batch in the shape in which the module gives them."""
        import torch

        with self._quiet(), torch.no_grad():
            return self._call(self._in(batch), None)[0]

    def gradient(self, batch: np.ndarray, row: int, answer: int) -> np.ndarray | None:
        """The gradient (rows, time, ...) of a mixture of the answer's features."""
        import torch

        if self.vocabulary is not None:
            return None
        x = self._in(batch).requires_grad_(True)
        with self._quiet(), torch.enable_grad():
            # Not the leaf itself: the module may change its input in place.
            outputs, _ = self._call(x.clone(), None)
            answers = self._shaped(outputs)[row, answer]
            mixture = np.random.default_rng(7).normal(size=answers.shape)
            if not answers.requires_grad:
                return np.zeros_like(batch, self.precision)
            total = (answers * torch.as_tensor(mixture)).sum()
            (found,) = torch.autograd.grad(total, x, allow_unused=True)
        if found is None:
            return np.zeros_like(batch, self.precision)
        turned = found if self.batch_first else found.transpose(0, 1)
        return np.asarray(turned.numpy())

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Start from the same memory and the same random numbers; leave the user's alone."""
        import torch

        self._memory.restore()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            try:
                yield
            finally:
                self._memory.restore()

    def _in(self, batch: np.ndarray) -> torch.Tensor:
        import torch

        kind = "int64" if self.vocabulary is not None else self.precision
        x = torch.as_tensor(np.array(batch, kind, order="C"))
        return x if self.batch_first else x.transpose(0, 1).contiguous()

    def _call(self, x: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        given = (x,) if state is None else (x, state)
        try:
            answer = self.model(*given)
        except Exception as error:
            raise NotCloneable(
                " ".join(f"{type(error).__name__}: {error}".split())[:300]
            ) from error
        if isinstance(answer, tuple | list) and answer:
            return answer[0], (answer[1] if self.hands_on and len(answer) > 1 else None)
        return answer, None

    def _shaped(self, outputs: torch.Tensor) -> torch.Tensor:
        outputs = outputs.detach() if not outputs.requires_grad else outputs
        if outputs.ndim >= 3 and not self.batch_first:
            outputs = outputs.transpose(0, 1)
        if outputs.ndim >= 3:
            return outputs.reshape(self.rows, outputs.shape[1], -1)
        return outputs.reshape(self.rows, 1, -1)
