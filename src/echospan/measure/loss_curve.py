"""Whether a training was still making progress when it ended, from its loss curve."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

SHORTEST = 24
"""Epochs of the shortest curve that is judged."""

TAIL = 0.4
"""The end of the curve that is looked at, as a part of all epochs."""

BLOCKS = 8
"""The end is cut into so many pieces; the median of each stands for it."""

PAIRS = 26
"""Of the 28 pairs of pieces, so many must show a fall. Noise does in 1 curve of 1,000."""

LEAST = 0.01
"""The smallest fall over the end of the curve that is worth more epochs, as a part of the loss."""


def still_falling(losses: Sequence[float] | np.ndarray) -> bool:
    """Whether the loss was still falling, by more than noise, when the training ended.

    The end of the curve is cut into pieces. Their medians must fall nearly everywhere
    (Mann-Kendall), by at least 1 % of the loss. A single outlier, a spike or a slow drift
    that leads nowhere is no fall.

    Args:
        losses: Training loss (epochs,); NaN where there is none.

    Example:
        >>> still_falling([0.99**epoch for epoch in range(200)])
        True
        >>> still_falling([1.0] * 200)
        False
    """
    curve = np.asarray(losses, dtype=np.float64)
    curve = curve[np.isfinite(curve)]
    if curve.size < SHORTEST:
        return False
    tail = curve[-max(BLOCKS, round(TAIL * curve.size)) :]
    medians = [float(np.median(piece)) for piece in np.array_split(tail, BLOCKS)]
    fallen = sum(later < earlier for earlier, later in combinations(medians, 2))
    before, after = np.mean(medians[:2]), np.mean(medians[-2:])
    return fallen >= PAIRS and bool(before - after >= LEAST * abs(before))


def start_of_end(losses: Sequence[float] | np.ndarray) -> float:
    """The loss at the beginning of the end that `still_falling` looks at."""
    curve = np.asarray(losses, dtype=np.float64)
    curve = curve[np.isfinite(curve)]
    tail = curve[-max(BLOCKS, round(TAIL * curve.size)) :]
    return float(np.median(np.array_split(tail, BLOCKS)[0]))
