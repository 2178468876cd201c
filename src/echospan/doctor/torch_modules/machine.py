"""A copy of a torch module as the probes want it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from echospan.doctor.ports import Port
from echospan.doctor.torch_modules.clone import Memory, NotCloneable
from echospan.doctor.torch_modules.redraw import redraw
from echospan.doctor.torch_modules.taps import watching

if TYPE_CHECKING:
    import torch

Style = Literal["positions", "names", "whole"]
"""How `forward` takes several inputs: as arguments in order, by name, or all in one argument."""


def style_of(model: torch.nn.Module, sources: Sequence[Port], *, named: bool) -> Style:
    """How a module takes its inputs.

    Args:
        model: The module.
        sources: Its inputs.
        named: Whether they come as a dictionary.
    """
    places = _places(model)
    if named:
        return "names" if {port.name for port in sources} <= set(places) else "whole"
    return "positions" if len(places) >= len(sources) else "whole"


def _places(model: torch.nn.Module) -> list[str]:
    parameters = list(inspect.signature(model.forward).parameters.values())
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return [f"argument {number}" for number in range(99)]
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


class Copy:
    """A copy of a module with all its inputs and outputs.

    Args:
        made: The copy, see `clone`.
        sources: The user's inputs.
        style: How `forward` takes them.
        rows: Rows of every batch.
        precision: Float type of the copy.
        targets: The outputs that have targets.
        batch_first: Whether the module is given (batch, time, ...), or else (time, batch, ...).
        vocabulary: Symbols that its embeddings know; None without one.
    """

    def __init__(
        self,
        made: torch.nn.Module,
        sources: Sequence[Port],
        style: Style,
        rows: int,
        precision: str,
        *,
        targets: Sequence[Port] = (),
        batch_first: bool = True,
        vocabulary: int | None = None,
    ) -> None:
        self.model, self.sources, self.style = made, sources, style
        self.rows, self.precision, self.batch_first = rows, precision, batch_first
        self.vocabulary, self._targets = vocabulary, targets
        # ``forward(x, state)``: one place more than there are inputs.
        taken = 1 if style == "whole" else len(sources)
        self.hands_on = len(targets) < 2 and len(_places(made)) >= taken + 1
        self._memory = Memory(made)
        self._others = self._first()
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
            for other in self._first()
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

    def _first(self) -> list[np.ndarray]:
        """The user's first samples, taken round again where there are fewer."""
        found = [port.values[np.arange(self.rows) % len(port.values)] for port in self.sources]
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
        args: tuple[Any, ...] = tuple(given)
        named: dict[str, Any] = {}
        if self.style == "names":
            args, named = (), dict(zip((p.name for p in self.sources), given, strict=True))
        elif self.style == "whole" and len(given) > 1:
            keys = [port.name for port in self.sources]
            whole = dict(zip(keys, given, strict=True)) if self._keyed else tuple(given)
            args = (whole,)
        if state is not None:
            if named:
                named[_places(self.model)[len(given)]] = state
            else:
                args = (*args, state)
        places = [(self.rows, int(port.values.shape[1])) for port in self.sources if port.integers]
        try:
            with watching(places, added, self.precision) as watch:
                answer = self.model(*args, **named)
        except Exception as error:
            raise NotCloneable(
                " ".join(f"{type(error).__name__}: {error}".split())[:300]
            ) from error
        self._seen = watch.seen
        return self._told(answer)

    @property
    def _keyed(self) -> bool:
        return any('["' in port.place for port in self.sources)

    def _told(self, answer: Any) -> tuple[list[torch.Tensor], Any]:
        """Outputs in the order of the targets, and the state that is handed on."""
        if isinstance(answer, Mapping):
            named = [port.name for port in self._targets if port.name in answer]
            return [answer[name] for name in named] or list(answer.values())[:1], None
        if isinstance(answer, tuple | list) and answer:
            if len(self._targets) > 1:
                return list(answer[: len(self._targets)]), None
            return [answer[0]], (answer[1] if self.hands_on and len(answer) > 1 else None)
        return [answer], None


class TorchMachine:
    """See `echospan.doctor.machine.Machine`: one input and one output of a copy.

    Args:
        copy: The copy.
        source: Number of the input.
        output: Number of the output.
    """

    def __init__(self, copy: Copy, source: int = 0, output: int = 0) -> None:
        self.copy, self.source, self.output = copy, source, output
        self.rows, self.precision = copy.rows, copy.precision
        self.vocabulary = copy.symbols(copy.sources[source])

    def redraw(self, number: int) -> None:
        """Weights of that draw."""
        self.copy.redraw(number)

    def replay(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Outputs (rows, answers, features) of each batch, state carried from zero."""
        return self._answers(batches, carried=True)

    def replay_apart(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Outputs of batches in order, no state handed on: only what the module keeps itself."""
        return self._answers(batches, carried=False)

    def gradient(self, batch: np.ndarray, row: int, answer: int) -> np.ndarray | None:
        """The gradient (rows, time, ...) of a mixture of the answer's features."""
        import torch

        def mix(outputs: torch.Tensor) -> torch.Tensor:
            answers = self._shaped(outputs)[row, answer]
            mixture = np.random.default_rng(7).normal(size=tuple(answers.shape))
            return (answers * torch.as_tensor(mixture)).sum()

        return self.copy.gradient(self.source, batch, self.output, mix)

    def _answers(self, batches: Sequence[np.ndarray], *, carried: bool) -> list[np.ndarray]:
        given = [self.copy.around(self.source, batch) for batch in batches]
        found = self.copy.run(given, carried=carried)
        return [self._shaped(outputs[self.output]).numpy() for outputs in found]

    def _shaped(self, outputs: torch.Tensor) -> torch.Tensor:
        if outputs.ndim >= 3 and not self.copy.batch_first:
            outputs = outputs.transpose(0, 1)
        if outputs.ndim >= 3 and outputs.shape[1] == self.copy.sources[self.source].values.shape[1]:
            return outputs.reshape(self.rows, outputs.shape[1], -1)
        return outputs.reshape(self.rows, 1, -1)
