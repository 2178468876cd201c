"""Selective copy: pick the symbols out of the blanks, then repeat them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from echospan.errors import ConfigError
from echospan.namespace import namespace
from echospan.random import Draw, distinct
from echospan.tasks.base import Part, Task
from echospan.tasks.lag import MISSING


class SelectiveCopy(Task):
    """Repeat items that were shown at random steps among blanks, one per cue.

    Unlike in `copy` no fixed lag leads to an item: the model must tell items from blanks (Jing et
    al. 2019; Gu and Dao 2023, who use 16 items of 14 symbols among 4,096 blanks). The answer at
    the j-th cue is the j-th item.

    Example:
        >>> task = echospan.tasks.SelectiveCopy(symbols=3, items=2, length=10)
        >>> draw = echospan.tasks.NumpyDraw(np.random.default_rng(0))
        >>> values = task.draw(draw, 1, {}, "train")
        >>> values
        array([[3, 3, 1, 3, 3, 3, 3, 0, 3, 3, 4, 4]], dtype=int32)
        >>> task.targets(values)
        array([[-1, -1, -1, -1, -1, -1, -1, -1, -1, -1,  1,  0]], dtype=int32)
    """

    kind: Literal["selective-copy"] = "selective-copy"
    symbols: int = Field(default=14, ge=2, le=10_000_000)
    """Number of distinct symbols of the items; blank and cue are additional symbols."""
    items: int = Field(default=16, ge=1, le=100_000)
    """Number of symbols to remember."""
    length: int = Field(default=64, ge=1, le=1_000_000)
    """Steps among which the items are spread; the cues come after them."""

    @model_validator(mode="after")
    def _items_inside(self) -> SelectiveCopy:
        if self.items > self.length:
            raise ConfigError("task.items", f"at most task.length ({self.length})", self.items)
        return self

    @property
    def width(self) -> int:
        """The symbols, a blank and a cue."""
        return self.symbols + 2

    @property
    def steps(self) -> int:
        """Items among blanks, then cues."""
        return self.length + self.items

    @property
    def chance(self) -> float:
        """One in `symbols`: the items are uniform and independent."""
        return 1.0 / self.symbols

    @property
    def distance(self) -> int:
        """The stretch over which the items are spread."""
        return self.length

    def at_distance(self, distance: int) -> Self:
        """As many items among another stretch."""
        return self.replace(length=distance)

    @property
    def bits(self) -> float:
        """Items times log2 of the symbols: all are held when the first cue comes."""
        return self.items * math.log2(self.symbols)

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Integers (sequences, steps): 0..symbols-1 are items, then come blank and cue."""
        items = draw.integers(0, self.symbols, (sequences, self.length))
        xp = namespace(items)
        # The first `items` places of a random order are as good as any random subset.
        place = xp.argsort(distinct(draw, sequences, self.length, self.length), axis=1)
        spread = xp.where(place < self.items, items, self.symbols)
        cues = xp.full((sequences, self.items), self.symbols + 1, dtype=items.dtype)
        return xp.concat([spread.astype(items.dtype), cues], axis=1)

    def targets(self, values: Any) -> Any:
        """The items in the order in which they came, at the cues."""
        xp = namespace(values)
        shown = values[:, : self.length]
        # A stable sort brings the items to the front and keeps their order.
        order = xp.argsort(shown >= self.symbols, axis=1, stable=True)[:, : self.items]
        before = xp.full(shown.shape, MISSING, dtype=values.dtype)
        return xp.concat([before, xp.take_along_axis(shown, order, axis=1)], axis=1)
