"""Held-out losses by lookback: families are fitted on each fold, mixed, and scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from echospan.lookback.folds import FloatArray, FoldRows, IntArray
from echospan.lookback.mixing import number_weights, symbol_weights
from echospan.lookback.seen import Seen


class Family(Protocol):
    """One kind of model, fitted anew for each fold and lookback."""

    name: str

    def predictions(
        self, seen: Seen, rows: FoldRows, lookbacks: Sequence[int], horizon: int
    ) -> dict[int, tuple[FloatArray, FloatArray]]:
        """Predictions for the choosing and the scored rows, by lookback."""


EXACT = 1e-9
"""Share of the variance that an exact prediction may miss."""


def _exact(guesses: Sequence[tuple[FloatArray, FloatArray]], wanted: FloatArray) -> bool:
    most = EXACT * wanted.var()
    return any(((choose - wanted) ** 2).mean() <= most for choose, _ in guesses)


def number_losses(
    seen: Seen,
    fold: FoldRows,
    families: Sequence[Family],
    lookbacks: Sequence[int],
    horizon: int,
) -> dict[int, FloatArray]:
    """Squared errors of the mixed families on the scored rows (rows,), by lookback."""
    wanted, answers = seen.targets[fold.choose], seen.targets[fold.score]
    found = {}
    if 0 in lookbacks:
        found[0] = (answers - seen.targets[fold.train].mean()) ** 2
    longer = [lookback for lookback in lookbacks if lookback]
    if not longer:
        return found
    guesses: dict[int, list[tuple[FloatArray, FloatArray]]] = {one: [] for one in longer}
    for family in families:
        # Where the answer is exact already, the last and slowest family would get no weight.
        open_yet = [one for one in longer if not _exact(guesses[one], wanted)]
        if open_yet:
            for lookback, both in family.predictions(seen, fold, open_yet, horizon).items():
                guesses[lookback].append(both)
    for lookback in longer:
        weights = number_weights([choose for choose, _ in guesses[lookback]], wanted)
        scored = zip(weights, guesses[lookback], strict=True)
        mixed = sum(weight * score for weight, (_, score) in scored)
        found[lookback] = (answers - mixed) ** 2
    return found


def symbol_losses(
    seen: Seen,
    fold: FoldRows,
    families: Sequence[Family],
    lookbacks: Sequence[int],
    horizon: int,
) -> dict[int, FloatArray]:
    """Bits that the mixed families need for each scored row (rows,), by lookback.

    Families of symbols give the probability of the symbol that came. With lookback 0 all of them
    know how often each symbol comes, and the first one says it.
    """
    tried = sorted({0, *lookbacks})
    guesses = [family.predictions(seen, fold, tried, horizon) for family in families]
    found = {0: -np.log2(guesses[0][0][1])}
    for lookback in tried[1:]:
        weights = symbol_weights([guess[lookback][0] for guess in guesses])
        scored = zip(weights, guesses, strict=True)
        mixed = sum(weight * guess[lookback][1] for weight, guess in scored)
        found[lookback] = -np.log2(mixed)
    return {lookback: found[lookback] for lookback in lookbacks}


Losses = Callable[[FoldRows, Sequence[int]], dict[int, FloatArray]]
"""The losses of one fold by lookback."""


def all_folds(
    losses: Losses, folds: Sequence[FoldRows], lookbacks: Sequence[int]
) -> dict[int, FloatArray]:
    """The losses of all folds, joined in the order of time (rows,), by lookback."""
    parts = [losses(fold, lookbacks) for fold in folds]
    return {lookback: np.concatenate([part[lookback] for part in parts]) for lookback in lookbacks}


def fold_of_rows(folds: Sequence[FoldRows]) -> IntArray:
    """The number of the fold that scores each row (rows,)."""
    return np.concatenate([np.full(len(fold.score), place) for place, fold in enumerate(folds)])
