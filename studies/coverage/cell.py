"""One cell of the table: data of one kind, drawn many times."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Draw = Callable[[np.random.Generator], tuple[float, Sequence[float] | None]]
"""Draws data and scores it: the truth, and the interval, or None where none is given."""


@dataclass(frozen=True)
class Cell:
    """Data of one kind.

    Attributes:
        name: What is drawn, in words.
        draw: Draws it once.
        low: Least share of the intervals that should contain the truth, in percent.
        high: Greatest.
    """

    name: str
    draw: Draw
    low: float = 93.0
    high: float = 97.0


@dataclass(frozen=True)
class Found:
    """What came of a cell.

    Attributes:
        cell: The cell.
        repeats: How often data was drawn.
        given: How often there was an interval.
        covered: How many of these contained the truth.
        width: Their mean width.
    """

    cell: Cell
    repeats: int
    given: int
    covered: int
    width: float

    @property
    def share(self) -> float:
        """Intervals that contained the truth, in percent; NaN without an interval."""
        return 100 * self.covered / self.given if self.given else float("nan")

    @property
    def inside(self) -> bool:
        """Whether that is as it should be."""
        return self.cell.low <= self.share <= self.cell.high


def measure(cell: Cell, repeats: int) -> Found:
    """Draw a cell's data that many times. The same number gives the same result again."""
    generator = np.random.default_rng([zlib.crc32(cell.name.encode()), repeats])
    covered, widths = 0, []
    for _ in range(repeats):
        truth, ends = cell.draw(generator)
        if ends is not None:
            covered += ends[0] <= truth <= ends[1]
            widths.append(ends[1] - ends[0])
    width = float(np.mean(widths)) if widths else float("nan")
    return Found(cell, repeats, len(widths), int(covered), width)
