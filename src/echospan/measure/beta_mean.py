"""The mean of shares that vary from seed to seed, from a few of them: a beta distribution."""

from __future__ import annotations

import math

import numpy as np

from echospan.measure.intervals import Interval

MEAN_POWER, PRECISION_POWER = 0.1, -0.25
"""Powers of the prior, of share (1 - share) and of the precision, each per unit of its logarithm.
Chosen so that 95 % intervals contain the mean 93 to 97 times in 100, whatever the shape: see
`studies.coverage`."""
POINTS = 161
"""Means that are tried."""
FAR = 30.0
"""Log odds of the most extreme of them."""


def beta_mean(shares: np.ndarray, trials: np.ndarray, confidence: float) -> Interval:
    """The interval of the mean of the beta distribution that shares of hits are drawn from.

    The hits of each draw are binomial, with the drawn share. Mean and precision of the distribution
    are both unknown. The interval leaves out equal parts of the mean's posterior at both ends; it
    is found by quadrature.

    Args:
        shares: Measured shares, 0 to 1 (draws,); at least 2.
        trials: Independent trials that each is worth, above 0 (draws,).
        confidence: Of the interval.
    """
    odds, logs = _grid(shares, trials)
    # Each from its own formula: the smaller one is not 1 less the other, once rounded.
    right, wrong, phi = 1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(odds)), np.exp(logs)
    hits, misses = right[:, None] * phi, wrong[:, None] * phi
    density = PRECISION_POWER * logs + MEAN_POWER * np.log(right * wrong)[:, None]
    density = density + len(shares) * (_log_gamma(phi) - _log_gamma(hits) - _log_gamma(misses))
    drawn, counts = np.unique(np.stack([shares, trials]), axis=1, return_counts=True)
    for share, worth, times in zip(*drawn, counts, strict=True):
        density += times * _log_gamma(hits + share * worth)
        density += times * (_log_gamma(misses + (1 - share) * worth) - _log_gamma(phi + worth))
    weight = np.exp(density - density.max()).sum(axis=1) * np.gradient(odds)
    below = np.concatenate([[0.0], np.cumsum((weight[1:] + weight[:-1]) / 2)])
    edge = (1 - confidence) / 2
    low, high = np.interp([edge, 1 - edge], below / below[-1], odds)
    return Interval(1 / (1 + math.exp(-low)), 1 / (1 + math.exp(-high)))


def _grid(shares: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log odds of the means, and logarithms of the precisions, that are tried."""
    count = len(shares)
    mean = float(((shares * trials).sum() + 0.5) / (trials.sum() + 1))
    alone = mean * (1 - mean)
    variance = max(float(shares.var(ddof=1)), alone / float(trials.max()))
    precision = alone / variance
    step = min(0.25, 0.8 / math.sqrt(count))
    # A precision far above the trials' number can't be told from a greater one.
    most = max(60 * precision, 20 * float(trials.max()))
    logs = np.arange(max(math.log(precision) - 9, -5.0), math.log(most) + step, step)
    # Dense about the middle, and far out to both sides.
    scale = math.sqrt(variance / count) / alone
    reach = math.asinh(2 * FAR / scale)
    odds = scale * np.sinh(np.linspace(-reach, reach, POINTS)) + math.log(mean / (1 - mean))
    return np.clip(odds, -FAR, FAR), logs


def _log_gamma(x: np.ndarray) -> np.ndarray:
    """log Gamma(x) for x > 0: Stirling's series, 8 steps further up."""
    y = x + 8
    series = (y - 0.5) * np.log(y) - y + 0.5 * math.log(2 * math.pi)
    series += 1 / (12 * y) - 1 / (360 * y**3) + 1 / (1260 * y**5)
    product = x.copy()
    for up in range(1, 8):
        product *= x + up
    return np.asarray(series - np.log(product))
