"""The width whose model comes nearest to a wanted size."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import cache


def nearest(size: Callable[[int], int], wanted: int, most: int) -> tuple[int, int]:
    """The width from 1 to about `most` whose size is nearest to a wanted one, and that size.

    Args:
        size: Of a width; it grows with it. Called rarely: it may build a model.
        wanted: The size to come near.
        most: The largest width to try.

    Example:
        >>> nearest(lambda width: width**2, 80, 1000)
        (9, 81)
    """
    sized = cache(size)
    low, high = 1, 2
    while sized(high) < wanted and high <= most // 2:
        low, high = high, 2 * high
        if high == 16:
            high = _guess(sized, wanted, most)
            low = high - 1
            break
    while low > 1 and sized(low) >= wanted:
        low, high = low // 2, low
    while sized(high) < wanted and high <= most // 2:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if sized(middle) < wanted else (low, middle)
    best = min((low, high), key=lambda width: abs(sized(width) - wanted))
    return best, sized(best)


def _guess(sized: Callable[[int], int], wanted: int, most: int) -> int:
    """The first width above 8 that is large enough if the size is a square of the width.

    It is one for almost every model; a guess that is wrong costs a few more sizes.
    """
    slope = (sized(4) - sized(2)) / 2
    bend = ((sized(8) - sized(4)) / 4 - slope) / 6
    if not slope and not bend:
        # Widths that are rounded: nothing is known yet about how the size grows.
        return 16

    def expected(width: int) -> int:
        return round(sized(2) + slope * (width - 2) + bend * (width - 2) * (width - 4))

    widths = range(9, most + 1)
    return widths[min(bisect_left(widths, wanted, key=expected), len(widths) - 1)]
