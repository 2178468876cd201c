"""Quick comparison of many sets of lags on a part of a fold's rows."""

from __future__ import annotations

import numpy as np

from echospan.lookback.counting import FIXED, best_smoothing, counted
from echospan.lookback.folds import FoldRows
from echospan.lookback.seen import Seen

MOST_TRAIN = 30_000
"""Training rows looked at, spread evenly."""
MOST_CHOOSE = 10_000
"""Choosing rows looked at, spread evenly."""


CHUNK = 1 << 20
"""Numbers held at once while many sets are compared."""


def spread(count: int, most: int) -> np.ndarray:
    """At most `most` of the numbers below `count`, evenly spread."""
    return np.arange(count) if count <= most else np.arange(most) * count // most


class LagScan:
    """Says how many bits further lags save, on at most 40,000 rows.

    Args:
        seen: Symbols, and what is asked.
        rows: The fold.
    """

    def __init__(self, seen: Seen, rows: FoldRows) -> None:
        train = spread(len(rows.train), MOST_TRAIN)
        self.choose = spread(len(rows.choose), MOST_CHOOSE)
        self.rows = np.concatenate([train, len(rows.train) + self.choose])
        self._train = len(train)
        self._inputs, self._symbols, self._answers = seen.inputs, seen.symbols, seen.answers
        self._positions = np.concatenate([rows.train[train], rows.choose[self.choose]])
        self._came = seen.targets[self._positions].astype(np.int64)
        self._columns: dict[int, np.ndarray] = {}

    def saving(
        self, contexts: np.ndarray, space: int, shorter: np.ndarray, more: tuple[int, ...]
    ) -> float:
        """Bits saved by more lags, summed over the scanned choosing rows.

        Args:
            contexts: Number of each scanned row's context so far, (rows,).
            space: How many of these there may be.
            shorter: Probabilities so far at the scanned choosing rows.
            more: The further lags.
        """
        longer = contexts
        for lag in more:
            longer = longer * self._symbols + self._column(lag)
            space *= self._symbols
        pairs = longer * self._answers + self._came
        train, asked = pairs[: self._train], pairs[self._train :]
        counts = counted(train, asked, self._answers, space)
        return best_smoothing(counts, shorter, FIXED, price=0.0)[1]

    def savings_from_none(self, marginal: np.ndarray, sets: np.ndarray) -> np.ndarray:
        """The same for many sets of lags where none are in use yet, (sets,): for few symbols.

        Args:
            marginal: Probability of each symbol that is asked for, (symbols,).
            sets: The lags of each set, (sets, lags).
        """
        at_once = max(1, CHUNK // len(self._positions))
        parts = [
            self._by_tables(marginal, sets[first : first + at_once])
            for first in range(0, len(sets), at_once)
        ]
        return np.concatenate(parts)

    def _by_tables(self, marginal: np.ndarray, sets: np.ndarray) -> np.ndarray:
        count, size = sets.shape
        space = self._symbols**size * self._answers
        pairs = self._came + space * np.arange(count)[:, None]
        for place in range(size):
            columns = np.stack([self._column(int(lag)) for lag in sets[:, place]])
            pairs += self._answers * self._symbols**place * columns

        def tables(part: np.ndarray) -> np.ndarray:
            counts = np.bincount(part.ravel(), minlength=count * space)
            return counts.reshape(count, -1, self._answers)

        train, asked = tables(pairs[:, : self._train]), tables(pairs[:, self._train :])
        context = train.sum(2, keepdims=True)
        before = (asked[0].sum(0) * np.log2(marginal)).sum()
        best = np.zeros(count)
        for weight, _ in FIXED:
            bits = np.log2((train + weight * marginal) / (context + weight))
            np.maximum(best, (asked * bits).sum((1, 2)) - before, out=best)
        return best

    def _column(self, lag: int) -> np.ndarray:
        if lag not in self._columns:
            self._columns[lag] = self._inputs[self._positions - lag].astype(np.int64)
        return self._columns[lag]
