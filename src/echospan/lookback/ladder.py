"""The lookbacks that are tried: a ladder first, then those between the rungs that decide."""

from __future__ import annotations

import numpy as np

RUNGS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
LONGEST = RUNGS[-1]
SHORTEST = 4
"""The longest lookback is at least this."""

PER_STEP = 12
"""Values for each step of the longest lookback."""

BETWEEN = 8
"""Lookbacks that are tried between two rungs at once."""

MOST_INPUTS = 512
"""Values that a window may hold, over all columns."""


def longest_lookback(values: int, stretch: int, columns: int) -> int:
    """The longest lookback that so many values can be asked about.

    Args:
        values: All that there are.
        stretch: Length of the stretches in which most of them lie; windows do not cross borders.
        columns: Columns of the series.
    """
    most = min(LONGEST, values // PER_STEP, MOST_INPUTS // columns)
    return max(min(max(most, SHORTEST), stretch // 2), 1)


def ladder(longest: int) -> list[int]:
    """The rungs up to a longest lookback, which is one of them."""
    rungs = [rung for rung in RUNGS if rung < longest]
    # Two rungs that are nearly the same tell nothing about what lies between.
    if len(rungs) > 5 and longest - rungs[-1] < (rungs[-1] - rungs[-2]) / 2:
        rungs.pop()
    return [*rungs, longest]


def around(tried: list[int], found: int) -> list[int]:
    """Lookbacks between `found` and the next shorter and the next longer one that were tried.

    A year of months and its trend need 13, which no ladder has.
    """
    above = min((one for one in tried if one > found), default=found)
    return [*between(tried, found), *between(tried, above)]


def between(tried: list[int], found: int) -> list[int]:
    """Lookbacks between `found` and the next shorter one that was tried; none if they adjoin."""
    below = max((one for one in tried if one < found), default=found)
    inner = np.arange(below + 1, found)
    if len(inner) > BETWEEN:
        inner = inner[np.linspace(0, len(inner) - 1, BETWEEN).round().astype(int)]
    return [int(one) for one in inner]
