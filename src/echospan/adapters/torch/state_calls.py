"""Calls of a module that takes a state: arguments in its own order of axes, answers taken apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from echospan.adapters.torch.answers import by_name, chosen
from echospan.adapters.torch.state_signature import STATE, StateSignature

if TYPE_CHECKING:
    import torch

Layout = Literal["alone", "pair", "rest", "swapped", "named", "state", "both"]
"""Where outputs and state stand in an answer: outputs alone; (outputs, state);
(outputs, part, part, ...); (state, outputs); an object or dictionary with names; a tuple whose
first tensor is the output and that is the state as a whole; or one tensor that is both."""

START = ("init_state", "initial_state", "init_hidden", "get_initial_state", "zero_state",
         "init_carry", "init_cache", "new_state", "make_state", "allocate_inference_cache",
         "empty_state", "begin_state", "initial_carry", "default_state")  # fmt: skip
"""Methods of a module that make the state of the start for a number of rows."""


@dataclass(frozen=True)
class Convention:
    """How a module is fed and read.

    Attributes:
        step: Shape of one time step of one row; empty for symbols.
        symbols: Size of its vocabulary; None where it takes numbers.
        avoided: Symbols that are not drawn: the one for padding.
        batch_first: Whether it takes (batch, time, ...), or else (time, batch, ...).
        cell: Whether it takes one time step (batch, ...).
        layout: Where outputs and state stand in its answer.
        starts: Name of its method that makes the state of the start; empty where none is given.
        zeros: Units of a state of zeros (batch, units) that it is given at the start, and how many
            such tensors in a tuple (0: one alone); None where that is not needed.
        steady: Whether outputs along rows and time could be told apart.
    """

    step: tuple[int, ...]
    symbols: int | None = None
    avoided: tuple[int, ...] = ()
    batch_first: bool = True
    cell: bool = False
    layout: Layout = "alone"
    starts: str = ""
    zeros: tuple[int, int] | None = None
    steady: bool = True


@dataclass
class Given:
    """What else one call is given: mask and positions (batch, time), and the steps before it."""

    mask: torch.Tensor | None = None
    positions: torch.Tensor | None = None
    start: int = 0
    keywords: Mapping[str, Any] = field(default_factory=dict)


class NoState(Exception):
    """The answer holds no state; the message says what it holds."""


class Caller:
    """Calls a copy of a module in its own convention.

    Args:
        model: The copy.
        signature: What its `forward` takes.
        convention: How it is fed and read.
        initial: Makes the state of the start for a number of rows; left out, the module's own.
    """

    def __init__(
        self, model: torch.nn.Module, signature: StateSignature, convention: Convention,
        initial: Any = None,
    ) -> None:  # fmt: skip
        self.model, self.signature, self.convention = model, signature, convention
        self.initial = initial
        self.feeds_positions = signature.positions in signature.needed

    def start_state(self, rows: int) -> Any:
        """The state that is given to the first call; None where the module makes it itself."""
        import torch

        if self.initial is not None:
            return self.initial(rows)
        if self.convention.starts:
            return getattr(self.model, self.convention.starts)(rows)
        if self.convention.zeros:
            units, count = self.convention.zeros
            if not count:
                return torch.zeros(rows, units)
            return tuple(torch.zeros(rows, units) for _ in range(count))
        return None

    def __call__(
        self, x: torch.Tensor, state: Any, given: Given | None = None, *, stateful: bool = True
    ) -> tuple[torch.Tensor, Any]:
        """Outputs (batch, time, ...) of a chunk (batch, time, ...), and the state after it.

        Raises:
            NoState: `stateful`, and there is none in the answer.
        """
        import torch

        given = given or Given()
        state = self.start_state(len(x)) if state is None else state
        if not self.convention.cell:
            turned = x if self.convention.batch_first else x.transpose(0, 1)
            answer = self.forward(turned, state, given, stateful=stateful)
            y, after = self.split(answer, stateful=stateful)
            y = unflattened(y, turned.shape[:2])
            return (y if self.convention.batch_first else y.transpose(0, 1)), after
        answers = []
        for step in range(x.shape[1]):
            at = Given(None, _column(given.positions, step), given.start + step)
            y, state = self.split(self.forward(x[:, step], state, at, stateful=True))
            answers.append(y)
        return torch.stack(answers, 1), state

    def forward(self, x: torch.Tensor, state: Any, given: Given, *, stateful: bool) -> Any:
        """What the module answers to inputs in its own order of axes."""
        import torch

        named: dict[str, Any] = dict(given.keywords)
        if stateful:
            named.update(dict.fromkeys(self.signature.flags, True))
        mask, positions = given.mask, given.positions
        rows, time = self._size(x)
        if mask is None and self.signature.mask in self.signature.needed:
            # All steps are real: those of the chunk, or those to date.
            past = 0 if self.signature.mask == "mask" else given.start
            mask = torch.ones(rows, past + time, dtype=torch.bool)
        if positions is None and self.feeds_positions:
            positions = torch.arange(given.start, given.start + time)[None]
        if mask is not None:
            named[self.signature.mask] = self._turned(mask)
        if positions is not None and self.signature.positions:
            named[self.signature.positions] = self._turned(positions.expand(rows, -1))
        if self.signature.start:
            named[self.signature.start] = given.start
        states = self.signature.states
        if state is None:
            missing = states if self.signature.required else ()
            return self.model(x, **dict.fromkeys(missing), **named)
        if not states:
            return self.model(x, state, **named)
        if len(states) == 1:
            return self.model(x, **{states[0]: state}, **named)
        return self.model(x, **dict(zip(states, state, strict=False)), **named)

    def _size(self, x: torch.Tensor) -> tuple[int, int]:
        if self.convention.cell:
            return len(x), 1
        first, second = x.shape[:2]
        return (first, second) if self.convention.batch_first else (second, first)

    def _turned(self, given: torch.Tensor) -> torch.Tensor:
        turn = not self.convention.batch_first and given.ndim > 1
        return given.transpose(0, 1) if turn else given

    def split(self, answer: Any, *, stateful: bool = True) -> tuple[torch.Tensor, Any]:
        """Outputs and state of an answer.

        Raises:
            NoState: `stateful`, and there is none.
        """
        return split(answer, self.convention.layout, stateful=stateful)


def split(answer: Any, layout: Layout, *, stateful: bool = True) -> tuple[torch.Tensor, Any]:
    """Outputs and state of an answer in a layout.

    Raises:
        NoState: `stateful`, and there is none in it.
    """
    y, state = _parts(answer, layout)
    if not hasattr(y, "ndim"):
        raise NoState(f"no tensor of outputs in a {type(answer).__name__}")
    if stateful and state is None:
        raise NoState("forward returns no state")
    return y, state


def _parts(answer: Any, layout: Layout) -> tuple[Any, Any]:
    if layout == "both":
        return answer, answer
    if layout == "named":
        parts = by_name(answer) or {}
        main = chosen(parts, [])
        states = [part for name, part in parts.items() if STATE.search(name.lower())]
        y = main[0] if main else None
        return y, next((part for part in states if part is not y and part is not None), None)
    if not isinstance(answer, tuple | list):
        return answer, None
    if layout == "state":
        return answer[0], answer
    if layout == "swapped":
        return answer[1], answer[0]
    if len(answer) < 2 or layout == "alone":
        return answer[0] if answer else None, None
    return answer[0], tuple(answer[1:]) if layout == "rest" else answer[1]


def layouts(answer: Any, *, cell: bool, states: int) -> tuple[Layout, ...]:
    """The layouts that an answer may have, the likeliest first."""
    import torch

    if isinstance(answer, torch.Tensor):
        return ("both", "alone") if cell else ("alone",)
    if isinstance(answer, Mapping) or dataclasses.is_dataclass(answer) or by_name(answer):
        return ("named",)
    if not isinstance(answer, tuple | list) or not answer:
        return ("alone",)
    if len(answer) == 1:
        return ("alone",)
    if len(answer) > 2:
        return ("rest", "state") if states > 1 else ("pair", "rest")
    first: tuple[Layout, ...] = ("pair", "swapped")
    if not cell:
        return first
    # A cell that returns (h, c) hands on both; with two arguments for them it can be nothing else.
    flat = all(isinstance(part, torch.Tensor) for part in answer)
    return ("state", "pair") if flat and states > 1 else (*first[:1], "state", "swapped")


def unflattened(y: torch.Tensor, leading: Sequence[int]) -> torch.Tensor:
    """Outputs with their first two axes apart, where they were joined for a loss."""
    size = leading[0] * leading[1]
    joined = tuple(y.shape[:2]) != tuple(leading) and y.ndim <= 2 and y.shape[:1] == (size,)
    return y.reshape(*leading, *y.shape[1:]) if joined else y


def _column(values: torch.Tensor | None, step: int) -> torch.Tensor | None:
    return None if values is None else values[:, step : step + 1]
