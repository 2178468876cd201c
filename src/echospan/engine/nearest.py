"""The width whose model comes nearest to a wanted size."""

from __future__ import annotations

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
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if sized(middle) < wanted else (low, middle)
    best = min((low, high), key=lambda width: abs(sized(width) - wanted))
    return best, sized(best)
