"""Where the answers lie in time: on the steps of the window, behind it, or not known.

As many targets as time steps do not say that both are the same steps: a forecast of a block is as
long as its window, too. The values say it. Windows that overlap, in order or shuffled, give the
series back, and the targets are looked up in it.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from echospan.doctor.needs import chance_of, on_grid, overlap
from echospan.doctor.normalised import offsets_by_shape
from echospan.doctor.place import OPEN, Place
from echospan.doctor.streams import flat_features, input_streams, one_hot
from echospan.doctor.timeline import Timeline, apart, consecutive, windows

MOST_AHEAD = 128
"""Steps behind the window up to which answers are looked for."""
MOST_VALUES = 400_000
"""Values of the inputs that are looked at."""
ROWS, ANSWERS = 128, 4
"""Targets that a first look compares; only offsets that stand it are looked at in full."""
ENOUGH = 8
"""Comparisons without which nothing is concluded."""
SHARE = 0.9
"""Share of the comparisons that must agree."""


def place_of_answers(x: np.ndarray, y: np.ndarray, stride: int | None = None) -> Place:
    """Look the targets up in the series that the windows are cut from.

    Args:
        x: Inputs (samples, time, ...).
        y: Targets (samples, ...) of the same samples.
        stride: Steps between neighbouring windows, where that is declared.

    Returns:
        The place; open where the targets are found nowhere, or both on the window and behind it,
        as in a series that repeats itself exactly.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim < 2 or len(x) != len(y) or x.shape[1] < 2 or x.dtype.kind not in "fiub":
        return OPEN
    kept = max(MOST_VALUES // max(int(np.prod(x.shape[1:])), 1), 64)
    x, y = x[:kept], y[:kept]
    inputs, _ = input_streams(flat_features(x.astype("float64")), integers=x.dtype.kind in "iu")
    linked = linked_windows(inputs, stride)
    for targets in _readings(y, inputs.shape[2]):
        offsets = _found(inputs, targets, linked)
        if not offsets and linked is None:
            offsets = offsets_by_shape(inputs, targets)
        if offsets:
            return _place(offsets, inputs.shape[1], targets.shape[1])
    return OPEN


def _place(offsets: list[int], steps: int, horizon: int) -> Place:
    behind = [offset for offset in offsets if offset >= steps]
    within = [offset for offset in offsets if offset < steps]
    if behind and within:
        return Place("open", None, horizon)
    if behind:
        return Place("behind", min(behind), horizon)
    return Place("within", min(within, key=lambda offset: (abs(offset), -offset)), horizon)


def _readings(y: np.ndarray, features: int) -> list[np.ndarray]:
    """Targets (samples, answers, streams): what their axes may mean, the likeliest first."""
    if y.dtype.kind not in "fiub":
        return []
    symbols = one_hot(y) if y.ndim > 1 else None
    values = y.astype("float64") if symbols is None else symbols
    if y.dtype.kind == "i":
        values = np.where(values < 0, np.nan, values)
    if values.ndim == 1:
        return [values[:, None, None]]
    if values.ndim == 2:
        steps = values[:, :, None]
        return [steps, values[:, None, :]] if values.shape[1] == features > 1 else [steps]
    return [values.reshape(*values.shape[:2], -1)]


def linked_windows(inputs: np.ndarray, stride: int | None = None) -> Timeline | None:
    """The series that overlapping windows are cut from, whatever their order; None without one.

    Args:
        inputs: Floats (samples, time, streams).
        stride: Steps between neighbouring windows, where that is declared.
    """
    ordered = overlap(inputs, stride)
    if ordered is not None:
        return windows(*ordered, inputs.shape[1])
    for step in [stride] if stride is not None else _strides(inputs):
        successor = _successors(inputs, step) if step < inputs.shape[1] else None
        if successor is not None:
            return _chained(successor, step, inputs.shape[1])
    return None


def _strides(inputs: np.ndarray) -> list[int]:
    """By how many steps other windows are later than some, by where those' last step stands."""
    samples, steps = inputs.shape[:2]
    if samples < 4 or np.isnan(inputs).any():
        return []
    seen: Counter[int] = Counter()
    for number in range(0, samples, max(samples // 16, 1)):
        same = (inputs[:, :-1] == inputs[number, -1]).all(2)
        seen.update((steps - 1 - np.flatnonzero(same.any(0))).tolist())
    often = [step for step, count in seen.items() if count >= 4]
    return sorted(often)[:8]


def _successors(inputs: np.ndarray, step: int) -> np.ndarray | None:
    """Number of the window that begins `step` steps later (samples,), -1 where there is none."""
    heads: dict[bytes, int] = {}
    for number, window in enumerate(inputs):
        heads.setdefault(window[:-step].tobytes(), number)
    if len(heads) < 0.95 * len(inputs):
        # The same values stand in many windows: which one follows cannot be told.
        return None
    found = np.array([heads.get(window[step:].tobytes(), -1) for window in inputs])
    return found if (found >= 0).mean() >= 0.3 else None


def _chained(successor: np.ndarray, step: int, timesteps: int) -> Timeline:
    """Windows that follow each other as one series each."""
    samples = len(successor)
    series, start = np.full(samples, -1), np.zeros(samples, int)
    firsts = np.setdiff1d(np.arange(samples), successor[successor >= 0])
    count = 0
    for first in [*firsts.tolist(), *range(samples)]:
        number, place = first, 0
        if series[number] >= 0:
            continue
        while number >= 0 and series[number] < 0:
            series[number], start[number] = count, place
            number, place = int(successor[number]), place + step
        count += 1
    return Timeline("windows", series, start, timesteps, step)


def _found(inputs: np.ndarray, targets: np.ndarray, linked: Timeline | None) -> list[int]:
    """All offsets at which the targets equal the series."""
    samples, steps = inputs.shape[:2]
    tried = [linked] if linked else [apart(samples, steps), consecutive(samples, steps)]
    for timeline in tried:
        offsets: set[int] = set()
        for feature, target in _pairs(inputs.shape[2], targets.shape[2]):
            offsets |= _equal_at(inputs[:, :, feature], targets[:, :, target], timeline)
        if offsets:
            return sorted(offsets)
    return []


def _pairs(features: int, targets: int) -> list[tuple[int, int]]:
    if features * targets <= 16:
        return [(f, t) for t in range(targets) for f in range(features)]
    if targets == 1:
        return [(f, 0) for f in range(min(features, 64))]
    return [(f, f) for f in range(min(features, targets, 16))]


def _equal_at(inputs: np.ndarray, targets: np.ndarray, timeline: Timeline) -> set[int]:
    steps, horizon = timeline.timesteps, targets.shape[1]
    few = slice(None, None, max(inputs.size // 10_000, 1))
    chance = chance_of(inputs[few], targets[few])
    if chance > 0.6:
        return set()
    grid = on_grid(timeline, inputs)
    offsets = np.arange(-steps - horizon + 1, steps + MOST_AHEAD)
    # The whole is looked at only where a part agrees.
    part = _agreement(grid, targets[:ROWS, :ANSWERS], timeline, offsets, chance)
    likely = offsets[part]
    rows = max(20_000 // horizon, ROWS)
    whole = _agreement(grid, targets[:rows], timeline, likely, chance)
    return set(likely[whole].tolist())


def _agreement(
    grid: np.ndarray, targets: np.ndarray, timeline: Timeline, offsets: np.ndarray, chance: float
) -> np.ndarray:
    """Whether the targets agree with the series at each offset."""
    found = np.zeros(len(offsets), bool)
    rows, answers = targets.shape
    series, start = timeline.series[:rows, None], timeline.start[:rows, None]
    for number, offset in enumerate(offsets):
        place = start + offset + np.arange(answers)
        there = grid[series, np.clip(place, 0, timeline.span - 1)]
        compared = (place >= 0) & (place < timeline.span) & ~np.isnan(there) & ~np.isnan(targets)
        count = int(compared.sum())
        if count < ENOUGH:
            continue
        near = np.abs(there - targets) <= 1e-6 * np.maximum(np.abs(there), np.abs(targets))
        agreed = int((near & compared).sum())
        found[number] = agreed >= SHARE * count and agreed - chance * count > 2 * np.sqrt(count)
    return found
