"""Intervals: how sure a measured number is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


def wilson(hits: int, trials: int, confidence: float = 0.95) -> Interval:
    """The interval of a share of hits (Wilson 1927).

    It takes the trials as independent; answers about one sequence share its weights, so read it as
    the uncertainty from the sequences drawn, not from the seed (see `over_seeds`).

    Raises:
        ValueError: There are no trials, or more hits than trials.
    """
    # Without SciPy: to import it would take longer than some runs.
    from statistics import NormalDist

    if not 0 <= hits <= trials or trials < 1:
        raise ValueError(f"wilson needs 0 <= hits <= trials and a trial; got {hits} of {trials}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = hits / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    # At the ends the formula is exact; rounding is not.
    low = 0.0 if hits == 0 else centre - half
    return Interval(low, 1.0 if hits == trials else centre + half)


def over_seeds(
    values: Sequence[float], confidence: float = 0.95, *, draws: int = 10_000
) -> Interval:
    """The interval of the mean over seeds: percentile bootstrap.

    Percentile, because the bias-corrected kind has no value when all seeds agree. With one seed
    there is nothing to resample: the interval is the value itself and says nothing.

    Args:
        values: One value a seed.
        confidence: Coverage that is aimed at; with few seeds the real one is lower.
        draws: Resamples. They come from a fixed stream: the same values give the same interval.
    """
    sample = np.asarray(values, dtype=float)
    if sample.size == 0:
        raise ValueError("over_seeds needs at least one value")
    picks = np.random.default_rng(0).integers(0, sample.size, (draws, sample.size))
    edge = (1 - confidence) / 2
    low, high = np.quantile(sample[picks].mean(axis=1), [edge, 1 - edge])
    return Interval(float(low), float(high))
