"""Intervals over seeds: what the next seeds will reach, from the few that were trained."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from echospan.measure.beta_mean import beta_mean
from echospan.measure.intervals import Interval, normal_quantile, worth
from echospan.measure.student import student_quantile

ANY = (-math.inf, math.inf)


def over_seeds(
    values: Sequence[float],
    confidence: float = 0.95,
    *,
    within: Sequence[Sequence[float]] = (),
    bounds: tuple[float, float] = ANY,
) -> Interval:
    """The interval of the mean over seeds: what the next seeds will reach on average.

    Shares of hits, which come with their own intervals, are taken as draws of a beta distribution
    whose mean and spread are unknown (see `beta_mean`). Near 100 % that is lopsided, and Student's
    interval would miss the mean too often. Other numbers have Student's interval.

    One seed says nothing about the next: the interval is that of its own share, or its value.

    Args:
        values: One value a seed.
        confidence: Of the interval.
        within: Where values are shares: the interval of each seed's own (seeds, 2), of the same
            confidence. They tell how many independent trials a share is worth.
        bounds: Least and greatest that other numbers can be.

    Raises:
        ValueError: There is no value, an interval is missing, or a share is below 0 or above 1.

    Example:
        >>> from echospan.measure import over_seeds, wilson
        >>> shares = [0.97, 0.99, 0.98]
        >>> within = [wilson(round(200 * share), 200) for share in shares]
        >>> low, high = over_seeds(shares, within=within)
        >>> low < 0.95 < 0.98 < high
        True
    """
    sample = np.asarray(values, dtype=float)
    if sample.size == 0:
        raise ValueError("over_seeds needs at least one value")
    mean = float(sample.mean())
    if len(within):
        if len(within) != sample.size:
            raise ValueError(f"over_seeds needs {sample.size} intervals; got {len(within)}")
        if sample.min() < 0 or sample.max() > 1:
            raise ValueError(f"over_seeds needs shares of 0 to 1 with intervals; got {sample}")
        if sample.size == 1:
            return Interval(*within[0])
        z = normal_quantile(confidence)
        trials = [
            worth(share, Interval(*ends), z) for share, ends in zip(sample, within, strict=True)
        ]
        low, high = beta_mean(sample, np.array(trials), confidence)
        return Interval(min(low, mean), max(high, mean))
    if sample.size == 1:
        return Interval(mean, mean)
    spread = float(sample.std(ddof=1)) / math.sqrt(sample.size)
    half = student_quantile(confidence, sample.size - 1) * spread
    return Interval(max(mean - half, bounds[0]), min(mean + half, bounds[1]))


def with_common(over: Interval, mean: float, within: Sequence[Sequence[float]]) -> Interval:
    """An interval over seeds that were all judged on the same data, with that data's own share.

    What the seeds have in common doesn't average out. The two distances from the mean to an end are
    added as squares (Zou and Donner 2008).

    Args:
        over: The interval over seeds.
        mean: Over seeds.
        within: The interval of each seed's value.
    """
    ends = np.asarray(within, dtype=float).mean(axis=0)
    below, above = max(mean - ends[0], 0.0), max(ends[1] - mean, 0.0)
    low = mean - math.hypot(mean - over.low, below)
    high = mean + math.hypot(over.high - mean, above)
    return Interval(max(low, 0.0), min(high, 1.0))
