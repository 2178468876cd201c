"""Intervals over the steps of one series: neighbouring steps are not independent.

How many independent values the steps are worth follows from their autocorrelation: their number
divided by the correlation time, 1 + 2 (r1 + r2 + ...). An autoregression estimates that sum, its
order chosen by AIC and at least 1, because sums of measured autocorrelations are too noisy for a
hundred steps. Subtracting the mean makes measured autocorrelations too small; that bias is taken
off (Marriott and Pope 1954). The estimate is noisy, and one that is too small does more harm than
one that is too great: some of its standard error is added.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from echospan.measure.intervals import Interval, wilson_share
from echospan.measure.student import student_quantile

FEWEST = 20
"""Independent values below which no interval is given: its coverage would be far from its name."""
ADDED_ERROR = 0.65
"""Standard errors added to the correlation; chosen by `studies.coverage`."""
SHORTEST_TIME = 0.2
"""Of the correlation time: neighbours that balance each other narrow an interval no further."""


class OverSteps(NamedTuple):
    """What the steps of a series say about a share.

    Attributes:
        interval: Of the share; None for fewer than `FEWEST` independent values.
        independent: How many independent values the steps are worth; at most their number.
    """

    interval: Interval | None
    independent: int


def over_steps(hits: np.ndarray, asked: np.ndarray, confidence: float = 0.95) -> OverSteps:
    """The interval of a share of hits over the steps of one series.

    It describes all series of which this one is a stretch: those whose statistics are the same at
    all times. A series that changes its character later is not covered.

    Args:
        hits: Whether each answer was right (steps,), in the order of time, each step once.
        asked: What the right answers were (steps,). Where all answers are right, or all wrong, hits
            have no correlation to measure, and that of these values is taken.
        confidence: Of the interval.

    Raises:
        ValueError: There is no step, or the shapes differ.

    Example:
        >>> import numpy as np
        >>> from echospan.measure import over_steps
        >>> rng = np.random.default_rng(0)
        >>> found = over_steps(rng.random(120) < 0.5, rng.integers(0, 9, 120))
        >>> found.independent
        120
    """
    if not hits.size or hits.shape != asked.shape:
        raise ValueError(f"over_steps needs as many hits as values; got {hits.shape, asked.shape}")
    steps, share = len(hits), float(np.mean(hits))
    varies = 0 < share < 1
    # A share of nothing but hits: neighbours that balance each other tell nothing about it.
    time = correlation_time(hits) if varies else max(correlation_time(asked), 1.0)
    worth = steps / time
    independent = min(math.floor(worth + 1e-9), steps)
    if independent < FEWEST:
        return OverSteps(None, independent)
    # Half, because the correlation time is an estimate, too.
    z = student_quantile(confidence, max(independent // 2, 1))
    return OverSteps(wilson_share(share, worth, z), independent)


def correlation_time(values: np.ndarray) -> float:
    """Steps that are worth one independent value, at least `SHORTEST_TIME`.

    Args:
        values: Symbols or truths (steps,). Each symbol counts as a column of zeros and ones.
    """
    steps = len(values)
    symbols, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(symbols) == 1 or steps < 4:
        return float(steps)
    most = min(int(10 * math.log10(steps)), steps // 4)
    # The autocovariances of all columns together. The mean's share is taken off in one go.
    covariances = np.array([np.sum(place[lag:] == place[: steps - lag]) for lag in range(most + 1)])
    shares = counts / steps
    heads, tails = _sums(shares[place], most)
    lags = np.arange(most + 1)
    covariances = covariances - heads - tails + (steps - lags) * (shares**2).sum()
    order, sum_, noise = _autoregression(covariances / steps, steps)
    rest = 1 - sum_
    error = math.sqrt(max(rest * (2 - rest), 0.0) / steps)
    rest = max(rest - (4 - 3 * rest) / steps - ADDED_ERROR * error, 1 / steps)
    time = noise * steps / (steps - order - 1) / rest**2 / (covariances[0] / steps)
    return float(min(max(time, SHORTEST_TIME), steps))


def _sums(values: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums of all values but the last, and but the first, `lag` ones: each (lags,)."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    lags = np.arange(most + 1)
    return total[len(values) - lags], total[-1] - total[lags]


def _autoregression(covariances: np.ndarray, steps: int) -> tuple[int, float, float]:
    """Order, sum of the coefficients and noise of the autoregression that AIC prefers.

    Levinson's and Durbin's recursion, from the autocovariances at lags 0, 1, ...
    """
    weights, noise = np.zeros(0), float(covariances[0])
    best, chosen = math.inf, (1, 0.0, noise)
    for order in range(1, len(covariances)):
        explained = weights @ covariances[order - 1 : 0 : -1] if order > 1 else 0.0
        reflection = (covariances[order] - explained) / noise
        weights = np.concatenate([weights - reflection * weights[::-1], [reflection]])
        left = noise * (1 - reflection**2)
        if left <= 1e-12 * covariances[0]:
            # The values before tell the next one: nothing is left for a higher order to explain.
            return order, float(weights.sum()), max(left, 0.0)
        noise = left
        criterion = steps * math.log(noise) + 2 * order
        if criterion < best:
            best, chosen = criterion, (order, float(weights.sum()), noise)
    return chosen
