"""Nearest neighbours among past windows, for deterministic and other smooth maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.extras import needs
from echospan.lookback.folds import FloatArray, FoldRows, IntArray
from echospan.lookback.seen import Seen
from echospan.lookback.windows import relative, visible

COUNTS = (3, 10, 30)
"""Neighbours whose targets are averaged; the choosing block says which of them."""

FEW = 6
"""Inputs up to which a k-d tree is faster than all distances."""

MOST_ROWS = 6_000
"""Training rows that are searched, spread evenly."""

PIECE = 512
"""Rows whose distances are held at once."""


class Neighbours:
    """The mean target of the nearest windows, in units of the training rows.

    Args:
        anchor: Whether windows are compared, and answers given, relative to the newest value.
    """

    name = "neighbours"

    def __init__(self, *, anchor: bool) -> None:
        needs("Memory of numbers (echospan needs)", "lightgbm", "scipy")
        self._anchor = anchor

    def predictions(
        self, seen: Seen, rows: FoldRows, lookbacks: Sequence[int], horizon: int
    ) -> dict[int, tuple[FloatArray, FloatArray]]:
        """As `Ridge.predictions`."""
        longest, columns = max(lookbacks), seen.columns
        return self.of_inputs(
            seen,
            rows,
            {lookback: np.arange(lookback * columns) for lookback in lookbacks},
            longest,
            horizon,
        )

    def of_inputs(
        self,
        seen: Seen,
        rows: FoldRows,
        kept: dict[int, IntArray],
        longest: int,
        horizon: int,
    ) -> dict[int, tuple[FloatArray, FloatArray]]:
        """Predict from some of the visible values.

        Args:
            seen: Numbers, and what is asked.
            rows: The rows of the fold.
            kept: Inputs of the longest window that are used, by any key.
            longest: The longest lookback.
            horizon: Steps between the newest visible value and the target.

        Returns:
            Predictions (rows,) for `rows.choose` and `rows.score`, by key.
        """
        train_rows = _spread(rows.train)
        parts = [
            self._inputs(seen, part, longest, horizon)
            for part in (train_rows, rows.choose, rows.score)
        ]
        levels = [
            seen.targets[part - horizon] if self._anchor else np.zeros(len(part))
            for part in (train_rows, rows.choose, rows.score)
        ]
        mean, scale = parts[0].mean(0), parts[0].std(0)
        moving = scale > 1e-12
        train, choose, score = ((part - mean) / np.where(moving, scale, 1.0) for part in parts)
        targets = seen.targets[train_rows] - levels[0]
        wanted = seen.targets[rows.choose] - levels[1]
        found = {}
        for key, inputs in kept.items():
            used = inputs[moving[inputs]]
            guesses = _means(train[:, used], targets, choose[:, used])
            best = int(np.argmin(((guesses - wanted[:, None]) ** 2).mean(0)))
            scored = _means(train[:, used], targets, score[:, used])
            found[key] = guesses[:, best] + levels[1], scored[:, best] + levels[2]
        return found

    def _inputs(self, seen: Seen, rows: IntArray, lookback: int, horizon: int) -> FloatArray:
        windows = visible(seen.inputs, rows, lookback, horizon)
        return relative(windows, seen.columns) if self._anchor else windows


def _spread(rows: IntArray) -> IntArray:
    if len(rows) <= MOST_ROWS:
        return rows
    spread: IntArray = rows[np.linspace(0, len(rows) - 1, MOST_ROWS).astype(int)]
    return spread


def _means(train: FloatArray, targets: FloatArray, asked: FloatArray) -> FloatArray:
    """Mean targets of the nearest rows for each of `COUNTS`, (asked, counts)."""
    counts = [min(count, len(train)) for count in COUNTS]
    if not train.shape[1]:
        # Nothing is known but the mean.
        return np.full((len(asked), len(counts)), targets.mean())
    nearest = _nearest(train, asked, max(counts))
    sums = np.cumsum(targets[nearest], axis=1)
    return np.stack([sums[:, count - 1] / count for count in counts], 1)


def _nearest(train: FloatArray, asked: FloatArray, count: int) -> IntArray:
    """Indices of the nearest training rows (asked, count), the nearest first."""
    if train.shape[1] <= FEW:
        from scipy.spatial import cKDTree

        places = cKDTree(train).query(asked, k=count)[1]
        return np.asarray(places, dtype=np.int64).reshape(len(asked), count)
    found = np.empty((len(asked), count), np.int64)
    # Single precision is enough to tell neighbours, and twice as fast.
    small = train.astype(np.float32)
    squares = (small**2).sum(1) / 2
    for begin in range(0, len(asked), PIECE):
        piece = asked[begin : begin + PIECE].astype(np.float32)
        distances = squares - piece @ small.T
        if count < len(train):
            near = np.argpartition(distances, count - 1, axis=1)[:, :count]
        else:
            near = np.broadcast_to(np.arange(count), (len(piece), count))
        order = np.argsort(np.take_along_axis(distances, near, 1), axis=1, kind="stable")
        found[begin : begin + PIECE] = np.take_along_axis(near, order, 1)
    return found
