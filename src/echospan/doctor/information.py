"""Shared information between inputs and targets, against a permuted baseline. A heuristic."""

from __future__ import annotations

import numpy as np

from echospan.doctor.streams import Streams, answer_times
from echospan.doctor.timeline import Timeline

BINS = 8
PERMUTATIONS = 99
MOST_LAGS = 64
MOST_ANSWERS = 4_000
ENOUGH = 64
MOST_CODES = 64
"""Up to so many different values each is a class of its own."""
MOST_CELLS = 400_000
"""Counts that are made at once."""
NEARLY = 0.5
"""Share of the most informative lag's bits that make a nearer lag as good a guess."""


def informative_lag(values: Streams, timeline: Timeline) -> int | None:
    """The nearest lag whose inputs share much information with the targets; None where none does.

    In a series that repeats, lags a period back tell as much as the near ones; so of all lags with
    at least half the most informative one's bits the nearest is taken. The targets are moved around
    in a circle for the baseline, which keeps how they hang together. A lag counts where it beats
    the best of all lags in each of the permutations.
    """
    scores, baseline = information(values, timeline)
    if not scores or max(scores.values()) <= baseline:
        return None
    enough = max(baseline, NEARLY * max(scores.values()))
    return min(lag for lag, bits in scores.items() if bits > enough)


def information(values: Streams, timeline: Timeline) -> tuple[dict[int, float], float]:
    """Bits by lag, and the most that permuted targets reach at any lag."""
    times = answer_times(values, timeline.times)
    if times is None:
        return {}, 0.0
    targets = binned(values.targets[..., 0]).ravel()
    series = np.repeat(timeline.series, times.shape[1])
    times = times.ravel()
    pick = np.arange(len(targets))[:MOST_ANSWERS]
    targets, series, times = targets[pick], series[pick], times[pick]
    scores: dict[int, float] = {}
    baseline = 0.0
    rng = np.random.default_rng(0)
    shifts = rng.integers(len(targets) // 8 + 1, max(len(targets) * 7 // 8, 2), PERMUTATIONS)
    moved = np.stack([targets, *(np.roll(targets, shift) for shift in shifts)])
    for feature in range(min(values.inputs.shape[2], 8)):
        grid = np.full((int(timeline.series.max()) + 1, timeline.span), -1)
        grid[timeline.series[:, None], timeline.times] = binned(values.inputs[:, :, feature])
        for lag in range(min(timeline.span, MOST_LAGS)):
            place = times - lag
            there = np.where(place >= 0, grid[series, np.maximum(place, 0)], -1)
            if (there >= 0).sum() < ENOUGH:
                continue
            own, *permuted = _bits_of_each(there, moved)
            scores[lag] = max(scores.get(lag, 0.0), own)
            baseline = max(baseline, *permuted)
    return scores, baseline


def symbols_tell(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether symbols tell of the ones after them, beyond what a shifted order shares with them."""
    first, second = binned(before)[:MOST_ANSWERS], binned(after)[:MOST_ANSWERS]
    count = len(first)
    if count < ENOUGH:
        return False
    rng = np.random.default_rng(0)
    by_chance = max(_bits(first, rng.permutation(second)) for _ in range(9))
    return _bits(first, second) > max(3 * by_chance, 0.1)


def binned(values: np.ndarray) -> np.ndarray:
    """Small integers by value where there are few values, else by quantile; -1 where absent."""
    known = ~np.isnan(values)
    distinct = np.unique(values[known])
    if len(distinct) <= MOST_CODES:
        codes = np.searchsorted(distinct, values)
    else:
        edges = np.quantile(values[known], np.linspace(0, 1, BINS + 1)[1:-1])
        codes = np.searchsorted(edges, values)
    return np.where(known, codes, -1)


def _bits_of_each(first: np.ndarray, seconds: np.ndarray) -> list[float]:
    """`_bits` of one row (n,) with each of several (rows, n), all counted at once."""
    width, height = max(int(seconds.max()) + 1, 1), max(int(first.max()) + 1, 1)
    if width * height * len(seconds) > MOST_CELLS:
        return [_bits(first, second) for second in seconds]
    rows = np.arange(len(seconds))[:, None]
    # What is absent is counted in a place of its own, behind all others.
    last = len(seconds) * height * width
    cells = first * width + (seconds + rows * (height * width))
    if first.min() < 0 or seconds.min() < 0:
        cells = np.where((first >= 0) & (seconds >= 0), cells, last)
    table = np.bincount(cells.ravel(), minlength=last)[:last]
    table = table.reshape(len(seconds), height, width)
    counts = table.sum((1, 2))
    joint = table / np.maximum(counts, 1)[:, None, None]
    outer = joint.sum(2, keepdims=True) * joint.sum(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = np.where(joint > 0, joint * np.log2(joint / outer), 0.0).sum((1, 2))
    return [float(each) for each in np.where(counts < ENOUGH, 0.0, bits)]


def _bits(first: np.ndarray, second: np.ndarray) -> float:
    """Mutual information of two rows of small integers, in bits."""
    both = (first >= 0) & (second >= 0)
    if both.sum() < ENOUGH:
        return 0.0
    a, b = first[both], second[both]
    width = int(b.max()) + 1
    table = np.bincount(a * width + b, minlength=(int(a.max()) + 1) * width)
    joint = table.reshape(-1, width) / len(a)
    outer = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    there = joint > 0
    return float((joint[there] * np.log2(joint[there] / outer[there])).sum())
