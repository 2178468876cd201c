"""Student's t distribution, without SciPy, whose import would take longer than some runs."""

from __future__ import annotations

import math
from functools import lru_cache

from echospan.measure.intervals import normal_quantile

NEARLY_NORMAL = 2_000
"""Degrees of freedom above which the normal distribution differs by less than one in 1,000."""


@lru_cache(maxsize=512)
def student_quantile(confidence: float, freedom: int) -> float:
    """Standard errors at the ends of an interval whose standard error is estimated, too.

    Args:
        confidence: Between 0 and 1.
        freedom: Degrees of freedom, at least 1.

    Example:
        >>> from echospan.measure.student import student_quantile
        >>> round(student_quantile(0.95, 2), 3)
        4.303
    """
    if freedom > NEARLY_NORMAL:
        return normal_quantile(confidence)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _within(angle: float, freedom: int) -> float:
    """Probability of |t| < sqrt(freedom) tan(angle): Abramowitz and Stegun 26.7.3 and 26.7.4."""
    cosine = math.cos(angle)
    odd = freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for number in range(1 + odd, freedom, 2):
        total += term
        term *= cosine * cosine * number / (number + 1)
    if odd:
        return 2 / math.pi * (angle + math.sin(angle) * total)
    return math.sin(angle) * total
