"""Copy memory: hear some symbols, wait, then repeat them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field

from echospan.namespace import namespace
from echospan.random import Draw
from echospan.tasks.base import Part, Task
from echospan.tasks.lag import MISSING


class Copy(Task):
    """Repeat items in order after blanks and a cue.

    A sequence is `items` random symbols, blank - 1 blanks, one cue, and `items` blanks during
    which the answers are due: blank + 2 items steps in all. The answer at step t is the value at
    step t - (items + blank), so this is an echo at one lag of which only the end is asked.

    The defaults are the protocol of Hochreiter and Schmidhuber (1997) as Arjovsky et al. (2016)
    and Bai et al. (2018) run it: 10 items of 8 symbols; `blank` is their T.

    Example:
        >>> task = echospan.tasks.Copy(symbols=3, items=2, blank=2)
        >>> draw = echospan.tasks.NumpyDraw(np.random.default_rng(0))
        >>> values = task.draw(draw, 1, {}, "train")
        >>> values
        array([[2, 1, 3, 4, 3, 3]], dtype=int32)
        >>> task.targets(values)
        array([[-1, -1, -1, -1,  2,  1]], dtype=int32)
    """

    kind: Literal["copy"] = "copy"
    symbols: int = Field(default=8, ge=2, le=10_000_000)
    """Number of distinct symbols of the items; blank and cue are additional symbols."""
    items: int = Field(default=10, ge=1, le=100_000)
    """Number of symbols to remember."""
    blank: int = Field(default=100, ge=1, le=1_000_000)
    """Steps from the last item to the cue."""
    scored: Literal["recall", "all"] = "recall"
    """Where answers are asked: at the last `items` steps, or at every step, where the answer is
    a blank until the recall begins."""

    @property
    def width(self) -> int:
        """The symbols, a blank and a cue."""
        return self.symbols + 2

    @property
    def steps(self) -> int:
        """Items, blanks and cue, answers."""
        return self.blank + 2 * self.items

    @property
    def chance(self) -> float:
        """One in `symbols` at the recall; a blank everywhere else is certain."""
        guessed = self.items / self.symbols
        if self.scored == "recall":
            return 1.0 / self.symbols
        return (self.steps - self.items + guessed) / self.steps

    @property
    def reach(self) -> int:
        """Steps from an item to its repetition."""
        return self.items + self.blank

    @property
    def distance(self) -> int:
        """The blank stretch."""
        return self.blank

    def at_distance(self, distance: int) -> Self:
        """As many items over another blank stretch."""
        return self.replace(blank=distance)

    @property
    def bits(self) -> float:
        """Items times log2 of the symbols: all are held through the blank stretch."""
        return self.items * math.log2(self.symbols)

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Integers (sequences, steps): 0..symbols-1 are items, then come blank and cue."""
        items = draw.integers(0, self.symbols, (sequences, self.items))
        xp = namespace(items)
        rest = xp.full((sequences, self.steps - self.items), self.symbols, dtype=items.dtype)
        cue = xp.arange(self.steps - self.items) == self.blank - 1
        return xp.concat([items, xp.where(cue, self.symbols + 1, rest)], axis=1)

    def targets(self, values: Any) -> Any:
        """The items at the last steps; before them blanks, or nothing."""
        xp = namespace(values)
        fill = MISSING if self.scored == "recall" else self.symbols
        before = xp.full((values.shape[0], self.reach), fill, dtype=values.dtype)
        return xp.concat([before, values[:, : self.items]], axis=1)
