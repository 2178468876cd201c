"""Intervals of a share: Wilson's, for independent trials or for what others are worth."""

from __future__ import annotations

import math
from typing import NamedTuple


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


def wilson(hits: int, trials: int, confidence: float = 0.95) -> Interval:
    """The interval of a share of hits among independent trials (Wilson 1927).

    The answers about one sequence are not independent: see `over_sequences`. Nor are the steps of
    one series: see `over_steps`. What the next seed will reach is another question: see
    `over_seeds`.

    Raises:
        ValueError: There are no trials, or more hits than trials.
    """
    if not 0 <= hits <= trials or trials < 1:
        raise ValueError(f"wilson needs 0 <= hits <= trials and a trial; got {hits} of {trials}")
    return wilson_share(hits / trials, trials, normal_quantile(confidence))


def wilson_share(share: float, trials: float, z: float) -> Interval:
    """Wilson's interval of a share that is worth so many independent trials.

    Args:
        share: Hits among all, 0 to 1.
        trials: Above 0; it need not be a whole number.
        z: Standard errors at the interval's ends.
    """
    spread = z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    # At the ends the formula is exact; rounding is not.
    low = 0.0 if share == 0 else centre - half
    return Interval(low, 1.0 if share == 1 else centre + half)


def worth(share: float, interval: Interval, z: float) -> float:
    """How many independent trials would give Wilson's interval of that width.

    Args:
        share: Hits among all, 0 to 1.
        interval: Of the share.
        z: Standard errors at its ends.
    """
    width = interval.high - interval.low
    few, many = math.log(1e-3), math.log(1e12)
    for _ in range(60):
        middle = (few + many) / 2
        found = wilson_share(share, math.exp(middle), z)
        few, many = (middle, many) if found.high - found.low > width else (few, middle)
    return math.exp(few)


def normal_quantile(confidence: float) -> float:
    """Standard errors at the ends of a normal interval: 1.96 for 95 %."""
    # Without SciPy: to import it would take longer than some runs.
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + confidence) / 2)
