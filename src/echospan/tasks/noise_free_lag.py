"""Noise-free lag: one symbol decides the end of a sequence that is otherwise always the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field

from echospan.namespace import namespace
from echospan.random import Draw
from echospan.tasks.base import Part, Task
from echospan.tasks.lag import MISSING


class NoiseFreeLag(Task):
    """Two possible sequences that differ in their first symbol (Hochreiter 1997, 2a).

    They are (x, a1, a2, ..., a(p-1), x) and (y, a1, a2, ..., a(p-1), y), each drawn half of the
    time; the next symbol is to be predicted. Here a1..a(p-1) are symbols 0..p-2, x is p-1 and y
    is p. The model hears the first p of them; its answer at the last step is what it heard at the
    first, p - 1 steps before. As there are only two sequences, judging repeats those of training.

    Example:
        >>> task = echospan.tasks.NoiseFreeLag(lag=4)
        >>> draw = echospan.tasks.NumpyDraw(np.random.default_rng(0))
        >>> values = task.draw(draw, 1, {}, "train")
        >>> values
        array([[4, 0, 1, 2]], dtype=int32)
        >>> task.targets(values)
        array([[-1, -1, -1,  4]], dtype=int32)
    """

    kind: Literal["noise-free-lag"] = "noise-free-lag"
    lag: int = Field(default=50, ge=2, le=1_000_000)
    """p: steps from the first symbol to its repetition."""
    scored: Literal["recall", "all"] = "recall"
    """Which steps have a target: the last one, or every step, as in the paper."""

    @property
    def width(self) -> int:
        """p + 1."""
        return self.lag + 1

    @property
    def steps(self) -> int:
        """The p symbols that are heard before the last answer."""
        return self.lag

    @property
    def chance(self) -> float:
        """One half for the last answer; the others are always the same."""
        return 0.5 if self.scored == "recall" else (self.lag - 0.5) / self.lag

    @property
    def reach(self) -> int | None:
        """p - 1 where only the recall is asked."""
        return self.lag - 1 if self.scored == "recall" else None

    @property
    def distance(self) -> int:
        """p."""
        return self.lag

    def at_distance(self, distance: int) -> Self:
        """The two sequences of another length."""
        return self.replace(lag=distance)

    @property
    def bits(self) -> float:
        """One: which of the two sequences it is."""
        return 1.0

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Integers (sequences, p)."""
        first = draw.integers(self.lag - 1, self.lag + 1, (sequences, 1))
        xp = namespace(first)
        same = xp.broadcast_to(xp.arange(self.lag - 1), (sequences, self.lag - 1))
        return xp.concat([first, same.astype(first.dtype)], axis=1)

    def targets(self, values: Any) -> Any:
        """The next symbol at every step, or at the last one alone."""
        xp = namespace(values)
        after = values[:, 1:]
        if self.scored == "recall":
            after = xp.full(after.shape, MISSING, dtype=values.dtype)
        return xp.concat([after, values[:, :1]], axis=1)
