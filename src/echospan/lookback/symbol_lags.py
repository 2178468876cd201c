"""Which lags carry what a lookback tells about the next symbol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echospan.lookback.context_tree import Levels, fold_predictions
from echospan.lookback.folds import FoldRows
from echospan.lookback.lag_search import LagSearch
from echospan.lookback.mixing import symbol_weights
from echospan.lookback.seen import Seen

Pair = tuple[np.ndarray, np.ndarray]
"""Probabilities of the symbols that came, at the choosing and at the scored rows."""


@dataclass(frozen=True)
class LagBits:
    """What one lag tells, in bits per scored row.

    The means are the answers; the rows are for a bootstrap. They stand in the order of the folds.

    Attributes:
        lag: Steps from the symbol seen to the target; the horizon is the nearest.
        beyond_the_others: Code length without this lag less that with all, (rows,). Above 0 in
            the mean where the other lags cannot replace it.
        alone: Code length by frequency alone less that with this lag only, (rows,).
    """

    lag: int
    beyond_the_others: np.ndarray
    alone: np.ndarray


def symbol_lags(
    seen: Seen, folds: Sequence[FoldRows], lookback: int, horizon: int
) -> list[LagBits]:
    """Measure what each lag of a lookback tells.

    Both symbol families are refitted without each lag and with it alone, and mixed by their code
    lengths at the choosing rows.

    Args:
        seen: Symbols, and what is asked; several series may be joined.
        folds: The folds. No target's window reaches before its series.
        lookback: How many symbols are seen.
        horizon: Steps from the newest symbol seen to the target, at least 1.

    Returns:
        One entry per lag, the nearest first.

    Example:
        >>> series = np.random.default_rng(0).integers(0, 2, 600)
        >>> series[2::3] = series[:-2:3]
        >>> rows = FoldRows(np.arange(3, 400), np.arange(400, 500), np.arange(500, 600))
        >>> found = symbol_lags(Seen.series(series), [rows], lookback=3, horizon=1)
        >>> [bits.lag for bits in found if bits.alone.mean() > 0.05]
        [2]
    """
    lags = range(horizon, horizon + lookback)
    levels = Levels(seen, lags)
    plain = [fold_predictions(levels, rows, [0])[0] for rows in folds]
    whole = [fold_predictions(levels, rows, [lookback])[lookback] for rows in folds]
    subsets = [_Subsets.of(levels, rows, horizon) for rows in folds]
    result = []
    for depth, lag in enumerate(lags, start=1):
        fewer = levels.without(depth)
        beyond, alone = [], []
        for fold, rows in enumerate(folds):
            few = subsets[fold]
            tree = fold_predictions(fewer, rows, [lookback - 1])[lookback - 1]
            with_all = mixed_bits([whole[fold], few.whole])
            beyond.append(mixed_bits([tree, few.without[lag]]) - with_all)
            alone.append(mixed_bits([plain[fold]]) - mixed_bits([few.alone[lag]]))
        result.append(LagBits(lag, np.concatenate(beyond), np.concatenate(alone)))
    return result


@dataclass(frozen=True)
class _Subsets:
    """What the subset of lags says in one fold: with all lags, without each, with each alone."""

    whole: Pair
    without: dict[int, Pair]
    alone: dict[int, Pair]

    @classmethod
    def of(cls, levels: Levels, rows: FoldRows, horizon: int) -> _Subsets:
        lookback = len(levels.lags)
        search = LagSearch(levels.seen, rows, horizon)
        whole = search.probabilities(lookback)
        # Without a lag that was not taken the search takes the same.
        without = dict.fromkeys(levels.lags, whole)
        for lag in search.best(lookback).lags:
            without[lag] = search.probabilities(lookback, without=lag)
        return cls(whole, without, {lag: search.alone(lag) for lag in levels.lags})


def mixed_bits(families: list[Pair]) -> np.ndarray:
    """Code lengths at the scored rows, of the families mixed as for the curve."""
    weights = symbol_weights([choose for choose, _ in families])
    bits: np.ndarray = -np.log2(weights @ np.array([score for _, score in families]))
    return bits
