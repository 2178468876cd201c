"""Numbers that stand for a window, from which a linear fit may read what the window says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

WIDEST = 192
"""Columns of a map."""
MOST_FEATURES = 8
RANDOM = 128
LAGS = 16
ENDS = 4
"""Steps at either end whose symbols count by their place."""

Maps = Iterator[tuple[str, np.ndarray]]


def number_maps(windows: np.ndarray) -> Maps:
    """Maps of numbers (windows, time, features): name, and columns of like scale.

    The values themselves, random waves of them, and what does not change when the window begins
    earlier or later: level, spread, autocovariances and spectrum of each feature.
    """
    windows = np.nan_to_num(windows)
    flat = windows.reshape(len(windows), -1)
    rng = np.random.default_rng(0)
    if flat.shape[1] > WIDEST:
        # The newest as they are, and all of them mixed.
        mixed = _scaled(flat) @ rng.normal(size=(_scaled(flat).shape[1], WIDEST // 2))
        flat = np.concatenate([flat[:, -WIDEST // 2 :], mixed], axis=1)
    linear = _scaled(flat)
    yield "linear", linear
    parts = []
    for width in (0.3, 1.0):
        weights = rng.normal(size=(linear.shape[1], RANDOM // 2)) * width
        weights /= np.sqrt(linear.shape[1])
        parts.append(np.cos(linear @ weights + rng.uniform(0, 2 * np.pi, RANDOM // 2)))
    yield "random waves", _scaled(np.concatenate(parts, axis=1))
    if windows.shape[1] >= 4:
        yield "summary", _scaled(_summary(windows[:, :, :MOST_FEATURES]))


def _summary(windows: np.ndarray) -> np.ndarray:
    steps = windows.shape[1]
    level = windows.mean(1)
    centred = windows - level[:, None]
    parts = [
        level,
        centred.std(1),
        np.abs(centred).max(1),
        np.abs(np.diff(windows, axis=1)).mean(1),
    ]
    most = max(min(LAGS, steps // 2, 64 // windows.shape[2]), 1)
    parts += [(centred[:, lag:] * centred[:, : steps - lag]).mean(1) for lag in range(1, most + 1)]
    spectrum = np.log1p(np.abs(np.fft.rfft(centred, axis=1)))
    bands = np.array_split(spectrum, min(spectrum.shape[1], 2 * LAGS, 128 // windows.shape[2]), 1)
    parts += [band.mean(1) for band in bands]
    return np.concatenate(parts, axis=1)


def symbol_maps(windows: np.ndarray) -> Maps:
    """Maps of symbols (windows, time, 1): which occur, which stand at the ends, and which pairs."""
    symbols = windows[:, :, 0]
    known = ~np.isnan(symbols)
    values, counts = np.unique(symbols[known], return_counts=True)
    common = np.sort(values[np.argsort(-counts, kind="stable")][:WIDEST])
    place = np.searchsorted(common, np.where(known, symbols, np.inf)).clip(max=len(common) - 1)
    place = np.where(known & (common[place] == symbols), place, -1)
    bag = _counts(place, len(common))
    yield "counts", _scaled(bag)
    steps = place.shape[1]
    near = [t for t in range(steps) if t < ENDS or t >= steps - ENDS]
    wide = max(min(len(common), WIDEST // len(near)), 1)
    ends = [(place[:, [t]] == np.arange(wide)).astype("float64") for t in near]
    yield "places", _scaled(np.concatenate(ends, axis=1))
    if steps > 1 and len(common) > 1:
        first, second = place[:, :-1], place[:, 1:]
        pairs = np.where((first < 0) | (second < 0), -1, (first * 31 + second * 17) % WIDEST)
        yield "pairs", _scaled(_counts(pairs, WIDEST))


def _counts(places: np.ndarray, width: int) -> np.ndarray:
    """How often each number below `width` occurs in each row; -1 counts for none."""
    rows = np.repeat(np.arange(len(places)), places.shape[1])
    flat = places.ravel()
    there = flat >= 0
    counts = np.bincount(rows[there] * width + flat[there], minlength=len(places) * width)
    return counts.reshape(len(places), width).astype("float64")


def _scaled(columns: np.ndarray) -> np.ndarray:
    """Centred columns of standard deviation 1; those that do not vary are left out."""
    spread = columns.std(0)
    varies = spread > 1e-9 * (np.abs(columns).max(0) + 1e-300)
    if not varies.any():
        return np.zeros((len(columns), 1))
    return np.asarray((columns[:, varies] - columns[:, varies].mean(0)) / spread[varies])
