"""Temporal order: which of two marks came first, and which second?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field

from echospan.namespace import namespace
from echospan.random import Draw
from echospan.tasks.base import Part, Task
from echospan.tasks.lag import MISSING

NOISE, MARK, BEGIN, TRIGGER = 0, 4, 6, 7
"""First of the four distractors; first of the two marks; first and last symbol of a sequence."""


class TemporalOrder(Task):
    """Name the order of two marks among distractors (Hochreiter 1997, 6a).

    A sequence begins with symbol 6 and ends with 7. Between them stand distractors, 0 to 3, but
    for a mark, 4 or 5, at one step from length/10 to length/5 and another at one from length/2 to
    3 length/5, each step equally likely. The only answer is asked at the last step: 2 first +
    second, counting mark 4 as 0 and mark 5 as 1. In the paper the length is drawn from 100 to 110;
    here it is one number, so that the distance is.

    Example:
        >>> task = echospan.tasks.TemporalOrder(length=12)
        >>> draw = echospan.tasks.NumpyDraw(np.random.default_rng(0))
        >>> values = task.draw(draw, 1, {}, "train")
        >>> values
        array([[6, 2, 5, 1, 1, 0, 0, 5, 0, 3, 2, 7]], dtype=int32)
        >>> task.targets(values)
        array([[-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,  3]], dtype=int32)
    """

    kind: Literal["temporal-order"] = "temporal-order"
    length: int = Field(default=100, ge=10, le=1_000_000)
    """Symbols in one sequence."""

    @property
    def width(self) -> int:
        """Four distractors, two marks, begin and trigger."""
        return 8

    @property
    def steps(self) -> int:
        """Symbols in one sequence."""
        return self.length

    @property
    def chance(self) -> float:
        """1/4: the two marks are uniform and independent."""
        return 0.25

    @property
    def distance(self) -> int:
        """The length; the first mark lies at most 9/10 of it back."""
        return self.length

    def at_distance(self, distance: int) -> Self:
        """Sequences of another length."""
        return self.replace(length=distance)

    @property
    def bits(self) -> float:
        """The two marks."""
        return 2.0

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Integers (sequences, length)."""
        n, length = sequences, self.length
        values = draw.integers(NOISE, MARK, (n, length))
        xp = namespace(values)
        step = xp.arange(length)[None, :]
        for low, high in ((length // 10, length // 5), (length // 2, 3 * length // 5)):
            place = draw.integers(low, high + 1, (n, 1))
            values = xp.where(step == place, draw.integers(MARK, MARK + 2, (n, 1)), values)
        values = xp.where(step == 0, BEGIN, values)
        return xp.where(step == length - 1, TRIGGER, values).astype("int32")

    def targets(self, values: Any) -> Any:
        """The class of the order at the last step, nothing before it."""
        xp = namespace(values)
        marked = (values == MARK) | (values == MARK + 1)
        early = xp.arange(self.length)[None, :] <= self.length // 5
        second = values == MARK + 1
        order = 2 * (second & marked & early).any(axis=1) + (second & marked & ~early).any(axis=1)
        before = xp.full((values.shape[0], self.length - 1), MISSING, dtype=values.dtype)
        return xp.concat([before, order[:, None].astype(values.dtype)], axis=1)
