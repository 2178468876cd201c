"""Prediction of symbols from contexts of growing length, the shorter smoothing the longer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from echospan.lookback.counting import (
    PRICE,
    Counts,
    best_smoothing,
    hedged,
    number,
    smoothed,
)
from echospan.lookback.folds import FoldRows
from echospan.lookback.seen import Seen

CACHED = 40_000_000
"""Most numbers that are kept from one fold to the next: 160 MB."""


@dataclass(frozen=True)
class Level:
    """The contexts of one depth.

    Attributes:
        positions: Targets whose context occurs more than once, (active,) int32.
        contexts: Number of each one's context, (active,) int32.
        pairs: Number of each one's context together with the symbol that came, (active,) int32.
        context_count: How many contexts there are.
        pair_count: How many pairs there are.
    """

    positions: np.ndarray
    contexts: np.ndarray
    pairs: np.ndarray
    context_count: int
    pair_count: int


class Levels:
    """The contexts of a series by depth, found once and used by every fold.

    A context that occurs once is dropped, and so are all that extend it: a row that meets it has
    no training row to learn from. That is exact, and keeps the deep levels small.

    Args:
        seen: Symbols, and what is asked.
        lags: The lag that each depth adds, the first depth first.
        start: The first levels, where they are known: those of the same series and lags.
    """

    def __init__(self, seen: Seen, lags: Sequence[int], start: Sequence[Level] = ()) -> None:
        self.seen = seen
        self.lags = lags
        self._kept = list(start)
        self._room = CACHED

    def __iter__(self) -> Iterator[Level]:
        """The levels from depth 0, one more than there are lags."""
        level: Level | None = None
        for depth in range(len(self.lags) + 1):
            if depth < len(self._kept):
                level = self._kept[depth]
            else:
                level = self._deeper(level, self.lags[depth - 1]) if level else self._root()
                self._room -= 3 * len(level.positions)
                if self._room >= 0:
                    self._kept.append(level)
            yield level

    def without(self, depth: int) -> Levels:
        """The levels without the lag that one depth adds, from 1; shallower ones are shared."""
        lags = [*self.lags[: depth - 1], *self.lags[depth:]]
        return Levels(self.seen, lags, self._kept[:depth])

    def _root(self) -> Level:
        targets = self.seen.targets
        positions = np.arange(len(targets), dtype=np.int32)
        contexts = np.zeros(len(positions), np.int32)
        return Level(positions, contexts, targets.astype(np.int32), 1, self.seen.answers)

    def _deeper(self, level: Level, lag: int) -> Level:
        again = np.bincount(level.contexts, minlength=level.context_count) > 1
        kept = again[level.contexts] & (level.positions >= lag)
        positions = level.positions[kept]
        symbols, answers = self.seen.symbols, self.seen.answers
        longer = level.contexts[kept].astype(np.int64) * symbols
        longer += self.seen.inputs[positions - lag]
        contexts, context_count = number(longer, level.context_count * symbols)
        together = contexts * answers + self.seen.targets[positions]
        pairs, pair_count = number(together, context_count * answers)
        return Level(
            positions,
            contexts.astype(np.int32),
            pairs.astype(np.int32),
            context_count,
            pair_count,
        )


class ContextTree:
    """Contexts of every length up to the lookback, each smoothed by the next shorter one.

    p_d = (n_ds + c p_{d-1}) / (n_d + c): a context of d symbols counts as far as it was seen, the
    shorter one as c observations. The choosing rows decide c for each depth, and leave a depth
    out that does not help them. One pass over the depths gives every lookback.

    Example:
        >>> series = np.tile([0, 1, 1], 100)
        >>> rows = FoldRows(np.arange(2, 200), np.arange(200, 250), np.arange(250, 300))
        >>> choose, score = ContextTree().predictions(Seen.series(series), rows, [0, 2], 1)[2]
        >>> bool(score.min() > 0.99)
        True
    """

    name = "context tree"

    def __init__(self) -> None:
        self._key: tuple[bytes, int] | None = None
        self._levels: Levels | None = None

    def predictions(
        self, seen: Seen, rows: FoldRows, lookbacks: Sequence[int], horizon: int
    ) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """The probability of the symbol that came, by lookback.

        Args:
            seen: Symbols, and what is asked; several series may be joined.
            rows: The fold. No target's window reaches before its series.
            lookbacks: How many symbols are seen, the newest `horizon` steps before the target.
            horizon: Steps from the newest symbol seen to the target; at least 1 where the target is
                itself among the symbols.

        Returns:
            For each lookback, the probabilities at the choosing rows and at the scored rows, above
            0 and at most 1. Those of all symbols that could have come sum to 1.
        """
        levels = self.levels(seen, range(horizon, horizon + max(lookbacks)))
        return fold_predictions(levels, rows, lookbacks)

    def levels(self, seen: Seen, lags: range) -> Levels:
        """The contexts of consecutive lags, kept for the next fold."""
        key = seen.digest, lags.start
        if self._levels is None or self._key != key or len(self._levels.lags) < len(lags):
            self._key, self._levels = key, Levels(seen, lags)
        return self._levels


def fold_predictions(
    levels: Levels, rows: FoldRows, lookbacks: Sequence[int]
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """The tree's probabilities in one fold, by depth; see `ContextTree.predictions`."""
    fold = _Fold(levels, rows)
    result: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    plain = fold.choose, fold.score
    for depth, level in enumerate(levels):
        fold.deepen(level, price=PRICE if depth else 0.0)
        if depth == 0:
            plain = fold.choose.copy(), fold.score.copy()
        if depth in lookbacks:
            train = len(rows.train)
            choose = hedged(fold.choose, plain[0], train)
            result[depth] = choose, hedged(fold.score, plain[1], train)
        if depth == max(lookbacks):
            break
    return result


class _Fold:
    """The probabilities of one fold, made deeper level by level."""

    TRAIN, CHOOSE, SCORE = 1, 2, 3

    def __init__(self, levels: Levels, rows: FoldRows) -> None:
        self.choose = np.full(len(rows.choose), 1 / levels.seen.answers)
        self.score = np.full(len(rows.score), 1 / levels.seen.answers)
        self._use = np.zeros(len(levels.seen.targets), np.int8)
        self._place = np.zeros(len(levels.seen.targets), np.int32)
        for use, positions in enumerate((rows.train, rows.choose, rows.score), start=self.TRAIN):
            self._use[positions] = use
            self._place[positions] = np.arange(len(positions))

    def deepen(self, level: Level, price: float) -> None:
        """Take the contexts of one more depth into account, where that saves the price in bits."""
        use = self._use[level.positions]
        train = use == self.TRAIN
        contexts = np.bincount(level.contexts[train], minlength=level.context_count)
        pairs = np.bincount(level.pairs[train], minlength=level.pair_count)
        context_of = np.zeros(level.pair_count, np.int32)
        context_of[level.pairs] = level.contexts
        distinct = np.bincount(context_of[pairs > 0], minlength=level.context_count)

        def seen(which: int) -> tuple[np.ndarray, Counts]:
            rows = np.flatnonzero((use == which) & (contexts[level.contexts] > 0))
            context = level.contexts[rows]
            counts = Counts(pairs[level.pairs[rows]], contexts[context], distinct[context])
            return self._place[level.positions[rows]], counts

        places, counts = seen(self.CHOOSE)
        smoothing, _ = best_smoothing(counts, self.choose[places], price=price)
        if smoothing is None:
            return
        self.choose[places] = smoothed(counts, self.choose[places], smoothing)
        places, counts = seen(self.SCORE)
        self.score[places] = smoothed(counts, self.score[places], smoothing)
