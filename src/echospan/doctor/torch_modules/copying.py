"""A copy of a torch module with all its inputs and outputs, run on double precision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.ports import Port, fullest
from echospan.doctor.torch_modules.calling import Calling
from echospan.doctor.torch_modules.clone import Memory, NotCloneable
from echospan.doctor.torch_modules.graph import now, numbers, tensors
from echospan.doctor.torch_modules.redraw import redraw
from echospan.doctor.torch_modules.taps import watching

if TYPE_CHECKING:
    import torch


class Copy:
    """A copy of a module with all its inputs and outputs.

    Args:
        made: The copy, see `clone`.
        sources: The user's inputs.
        calling: How `forward` is called with them.
        rows: Rows of every batch.
        precision: Float type of the copy.
        batch_first: Whether the module is given (batch, time, ...), or else (time, batch, ...).
        vocabulary: Symbols that its embeddings know; None without one.
    """

    def __init__(
        self,
        made: torch.nn.Module,
        sources: Sequence[Port],
        calling: Calling,
        rows: int,
        precision: str,
        *,
        batch_first: bool = True,
        vocabulary: int | None = None,
    ) -> None:
        self.model, self.sources, self._calling = made, sources, calling
        self.rows, self.precision, self.batch_first = rows, precision, batch_first
        self.vocabulary = vocabulary
        self._memory = Memory(made)
        self.choose(fullest(sources, rows))
        self._taps: dict[int, list[int]] = {}
        self._tapped: list[torch.Tensor] = []

    def symbols(self, port: Port) -> int | None:
        """How many symbols an input may have; None where it holds floats."""
        if not port.integers:
            return None
        most = int(port.values.max()) + 1
        return max(most if self.vocabulary is None else min(self.vocabulary, most), 2)

    def redraw(self, number: int) -> None:
        """Weights of that draw; inputs that are held fixed are drawn anew, too."""
        redraw(self.model, number)
        rng = np.random.default_rng(2_000 + number)
        # Symbols, lengths and masks mean something: these stay the user's own.
        self._others = [
            rng.normal(size=other.shape) if other.dtype.kind == "f" else other
            for other in self._samples()
        ]

    def around(self, number: int, batch: np.ndarray) -> list[np.ndarray]:
        """All inputs of one batch, of which one is given."""
        return [
            batch if place == number else other[: len(batch)]
            for place, other in enumerate(self._others)
        ]

    def chosen(self, number: int = 0) -> np.ndarray:
        """The first samples of an input."""
        return self._others[number]

    def run(self, batches: Sequence[list[np.ndarray]], *, carried: bool = True) -> list[list[Any]]:
        """Outputs of batches in order, as the module gives them.

        Args:
            batches: Inputs of each.
            carried: Whether a state that `forward` returns goes into the next call.
        """
        import torch

        found, state = [], None
        with self._quiet(), torch.no_grad():
            for batch in batches:
                outputs, state = self._call(self._tensors(batch), state if carried else None, [])
                found.append([output.detach() for output in outputs])
        return found

    def hanging(self, number: int, batch: np.ndarray) -> list[str]:
        """Attributes through which a second call hangs on the graph of the first, by full name."""
        import torch

        given = [self.around(number, batch)] * 2
        with self._quiet(), torch.enable_grad():
            began = now()
            self._call(self._tensors(given[0]), None, [])
            ended = now()
            names = [
                f"{path}.{name}" if path else name
                for path, module in self.model.named_modules()
                for name, value in {**vars(module), **module._buffers}.items()
                if not name.startswith("_")
                and any(part.grad_fn is not None for part in tensors(value))
            ]
            outputs, _ = self._call(self._tensors(given[1]), None, [])
            spans = any(began <= each < ended for each in numbers(outputs))
        return names if spans else []

    def gradient(self, number: int, batch: np.ndarray, output: int, mix: Any) -> np.ndarray | None:
        """The gradient (rows, time, ...) with respect to one input, or to what its symbols become.

        Args:
            number: Of the input.
            batch: Its values.
            output: Number of the output.
            mix: Makes one number of the output.
        """
        import torch

        port = self.sources[number]
        taps = self._of_input(number, batch) if port.integers else []
        if port.integers and not taps:
            return None
        given = self._tensors(self.around(number, batch))
        added = [torch.zeros_like(each).requires_grad_(True) for each in self._tapped if taps]
        if not port.integers:
            given[number].requires_grad_(True)
        wanted = [added[tap] for tap in taps] or [given[number]]
        with self._quiet(), torch.enable_grad():
            # Not the leaves themselves: the module may change its input in place.
            outputs, _ = self._call([each.clone() for each in given], None, added)
            total = mix(outputs[output])
            if not total.requires_grad:
                found: Sequence[torch.Tensor | None] = [None] * len(wanted)
            else:
                found = torch.autograd.grad(total, wanted, allow_unused=True)
        arrived = [
            self._turned(torch.zeros_like(each) if gradient is None else gradient, batch.shape[1])
            for each, gradient in zip(wanted, found, strict=True)
        ]
        if not port.integers:
            return arrived[0]
        shape = (self.rows, batch.shape[1], -1)
        return np.concatenate([np.abs(each).reshape(shape) for each in arrived], axis=2)

    def _turned(self, found: torch.Tensor, steps: int) -> np.ndarray:
        """With batch and time in the user's order."""
        order, shape = (self.rows, steps), tuple(found.shape[:2])
        turn = shape != order or (not self.batch_first and self.rows == steps)
        return np.asarray((found.transpose(0, 1) if turn else found).numpy())

    def _of_input(self, number: int, batch: np.ndarray) -> list[int]:
        """The places at which an input's symbols become vectors, found by changing all of them."""
        import torch

        if number not in self._taps:
            width = self.symbols(self.sources[number]) or 2
            seen = []
            for values in (batch, (batch + 1) % width):
                with self._quiet(), torch.no_grad():
                    self._call(self._tensors(self.around(number, values)), None, [])
                    seen.append([each.clone() for each in self._seen])
            self._tapped = seen[0]
            steps = {(self.rows, batch.shape[1]), (batch.shape[1], self.rows)}
            self._taps[number] = [
                place
                for place, (one, other) in enumerate(zip(*seen, strict=True))
                if tuple(one.shape[:2]) in steps and not torch.equal(one, other)
            ]
        return self._taps[number]

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

    def choose(self, samples: np.ndarray) -> None:
        """Take the inputs that are held fixed from these samples."""
        self._chosen = samples
        self._others = self._samples()

    def _samples(self) -> list[np.ndarray]:
        found = [port.values[self._chosen] for port in self.sources]
        return [
            values if self._whole(port) else values.astype("float64")
            for port, values in zip(self.sources, found, strict=True)
        ]

    def _whole(self, port: Port) -> bool:
        """Whether an input holds symbols, lengths or a mask: no measured features."""
        kind = port.values.dtype.kind
        return port.integers or kind == "b" or (kind in "iu" and port.values.ndim < 3)

    def _tensors(self, batch: Sequence[np.ndarray]) -> list[torch.Tensor]:
        import torch

        found = []
        for port, values in zip(self.sources, batch, strict=True):
            kind = "int64" if self._whole(port) else self.precision
            if port.values.dtype.kind == "b":
                kind = "bool"
            x = torch.as_tensor(np.array(values, kind, order="C"))
            turned = x.ndim >= 2 and port.sequence and not self.batch_first
            found.append(x.transpose(0, 1).contiguous() if turned else x)
        return found

    def _call(
        self, given: list[torch.Tensor], state: Any, added: list[torch.Tensor]
    ) -> tuple[list[torch.Tensor], Any]:
        args, named = self._calling.arguments(given, state)
        places = [(self.rows, int(port.values.shape[1])) for port in self.sources if port.integers]
        try:
            with watching(places, added, self.precision) as watch:
                answer = self.model(*args, **named)
        except Exception as error:
            raise NotCloneable(
                " ".join(f"{type(error).__name__}: {error}".split())[:300]
            ) from error
        self._seen = watch.seen
        return self._calling.outputs(answer)
