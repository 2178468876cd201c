"""What predicts a series: families, how their losses are measured, and in which unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Protocol

import numpy as np

from echospan.lookback.boosting import SMALL, Boosting
from echospan.lookback.bootstrap import LEVEL, PairedLosses
from echospan.lookback.context_tree import ContextTree
from echospan.lookback.curve import (
    Family,
    all_folds,
    fold_of_rows,
    number_losses,
    symbol_losses,
)
from echospan.lookback.detect import number_copy, symbol_copy
from echospan.lookback.folds import FloatArray, FoldRows, IntArray
from echospan.lookback.lag_subset import LagSubset
from echospan.lookback.last_value import LastValue, anchored
from echospan.lookback.neighbours import Neighbours
from echospan.lookback.ridge import Ridge
from echospan.lookback.seen import Seen
from echospan.lookback.series import Observed
from echospan.lookback.symbol_lags import symbol_lags
from echospan.lookback.which_lags import number_lags
from echospan.results.needs import NeedsLag

QUICK = (0, 1, 2, 3, 4, 8, 12, 24, 48)
"""Lookbacks at which shuffled copies are compared."""

QUICK_SYMBOLS = 8
"""The longest of them for symbols."""


class Models(Protocol):
    """The families for one kind of series.

    Attributes:
        unit: What a loss is multiplied with for the report.
        threads: Whether folds can be measured at once.
    """

    unit: float
    threads: bool

    def groups(self, lookbacks: Sequence[int]) -> list[list[int]]:
        """Lookbacks that are measured together: between two groups one can stop."""

    def losses(self, fold: FoldRows, lookbacks: Sequence[int]) -> dict[int, FloatArray]:
        """Losses on the scored rows of a fold (rows,), by lookback."""

    def quick(
        self, seen: Seen, folds: Sequence[FoldRows], lookbacks: Sequence[int]
    ) -> dict[int, FloatArray]:
        """Losses of a quick family on a copy, by lookback."""

    def copy(self, share: float, rng: np.random.Generator) -> Seen:
        """A shuffled copy whose past lowers the loss by a share."""

    def last_value(self, folds: Sequence[FoldRows]) -> float | None:
        """Mean loss of the last value as the prediction; None where it is none."""

    def lags(
        self, folds: Sequence[FoldRows], lookback: int, stop: Callable[[], bool]
    ) -> tuple[tuple[NeedsLag, ...], str | None]:
        """Which values of the window count, and a remark."""


class NumberModels:
    """Ridge, boosting, neighbours and the last value.

    Args:
        series: Numbers.
        rows: The targets (rows,).
        horizon: Steps between the newest visible value and the target.
        block: Rows of a block of the bootstrap.
        seed: Of boosting and bootstrap.
    """

    threads = True

    def __init__(
        self, series: Observed, rows: IntArray, horizon: int, block: int, seed: int
    ) -> None:
        scale = series.seen.spread
        self._seen = series.seen.standard()
        self._names, self._horizon, self._seed = series.inputs, horizon, seed
        self._block = block
        self.unit = (scale if scale > 0 else 1.0) ** 2
        anchor = anchored(self._seen, rows, horizon)
        self._families: list[Family] = [Ridge(), Neighbours(anchor=anchor)]
        if anchor:
            self._families.append(LastValue())
        if anchor and len(rows) >= SMALL:
            # For maps that look smooth. In a short series one more family is mostly noise.
            self._families.append(Neighbours(anchor=False))
        # Last: it is left out where another one is exact already.
        self._families.append(Boosting(anchor=anchor, seed=seed))

    def groups(self, lookbacks: Sequence[int]) -> list[list[int]]:
        """One lookback after the other; none and the shortest are of no use alone."""
        first, rest = list(lookbacks[:2]), lookbacks[2:]
        return [first, *([one] for one in rest)]

    def losses(self, fold: FoldRows, lookbacks: Sequence[int]) -> dict[int, FloatArray]:
        """Squared errors, in units of the target's variance."""
        return number_losses(self._seen, fold, self._families, lookbacks, self._horizon)

    def quick(
        self, seen: Seen, folds: Sequence[FoldRows], lookbacks: Sequence[int]
    ) -> dict[int, FloatArray]:
        """Those of ridge alone."""
        seen = seen.standard()
        tried = [one for one in lookbacks if one in QUICK] or list(lookbacks)
        tried = sorted({0, *tried, lookbacks[1]})
        families = [Ridge()]
        return all_folds(
            lambda fold, some: number_losses(seen, fold, families, some, self._horizon),
            folds, tried,
        )  # fmt: skip

    def copy(self, share: float, rng: np.random.Generator) -> Seen:
        """An autoregression over the horizon."""
        return number_copy(self._seen, share, self._horizon, rng)

    def last_value(self, folds: Sequence[FoldRows]) -> float | None:
        """Mean squared change over the horizon; None where the target's past is not visible."""
        if not self._seen.own:
            return None
        scored = np.concatenate([fold.score for fold in folds])
        change = self._seen.targets[scored] - self._seen.targets[scored - self._horizon]
        return float((change**2).mean())

    def lags(
        self, folds: Sequence[FoldRows], lookback: int, stop: Callable[[], bool]
    ) -> tuple[tuple[NeedsLag, ...], str | None]:
        """By ridge and neighbours, without each value and with each alone."""
        found = number_lags(
            self._seen, self._names, folds, lookback, self._horizon, self._block, self._seed, stop
        )
        return found, None


MOST_ASKED = 24
"""Symbols of a window beyond which it is not asked which of them count."""


class SymbolModels:
    """The context tree and the subset of lags.

    Args:
        series: Symbols.
        horizon: Steps between the newest visible symbol and the target.
        block: Rows of a block of the bootstrap.
        seed: Of the bootstrap.
    """

    unit = 1.0
    threads = False

    def __init__(self, series: Observed, horizon: int, block: int, seed: int) -> None:
        self._seen = series.seen
        self._name, self._horizon = series.inputs[0], horizon
        self._block, self._seed = block, seed
        self._families: list[Family] = [ContextTree(), LagSubset()]

    def groups(self, lookbacks: Sequence[int]) -> list[list[int]]:
        """All at once: one pass over the contexts gives every lookback."""
        return [list(lookbacks)]

    def losses(self, fold: FoldRows, lookbacks: Sequence[int]) -> dict[int, FloatArray]:
        """Bits of each symbol."""
        return symbol_losses(self._seen, fold, self._families, lookbacks, self._horizon)

    def quick(
        self, seen: Seen, folds: Sequence[FoldRows], lookbacks: Sequence[int]
    ) -> dict[int, FloatArray]:
        """Those of the context tree alone."""
        families = [ContextTree()]
        tried = [one for one in lookbacks if one in QUICK and one <= QUICK_SYMBOLS]
        tried = sorted({0, *tried, lookbacks[1]})
        return all_folds(
            lambda fold, some: symbol_losses(seen, fold, families, some, self._horizon),
            folds, tried,
        )  # fmt: skip

    def copy(self, share: float, rng: np.random.Generator) -> Seen:
        """Symbols that repeat now and then."""
        return symbol_copy(self._seen, share, self._horizon, rng)

    def last_value(self, folds: Sequence[FoldRows]) -> float | None:
        """None: the last symbol is no prediction in bits."""
        return None

    def lags(
        self, folds: Sequence[FoldRows], lookback: int, stop: Callable[[], bool]
    ) -> tuple[tuple[NeedsLag, ...], str | None]:
        """By both families, without each symbol of the window and with each alone."""
        if lookback > MOST_ASKED:
            return (), "Which lags count is asked up to a lookback of 24."
        whole = symbol_losses_of(self, folds, lookback)
        gain = float((whole[0] - whole[lookback]).mean())
        if stop() or gain <= 0:
            return (), None
        far = NormalDist().inv_cdf(1 - LEVEL / lookback)
        fold = fold_of_rows(folds)
        found = []
        for one in symbol_lags(self._seen, folds, lookback, self._horizon):
            shares = [
                self._shown(saved, fold, far, gain) for saved in (one.beyond_the_others, one.alone)
            ]
            if any(share is not None for share in shares):
                found.append(NeedsLag(one.lag, self._name, *shares))
        return tuple(found), None

    def _shown(self, saved: FloatArray, fold: IntArray, far: float, gain: float) -> float | None:
        """The share of the gain that so many bits are; None where they may be none."""
        paired = PairedLosses({0: saved, 1: np.zeros(len(saved))}, fold, self._block, self._seed)
        mean, error = paired.difference(1, 0)
        return min(mean / gain, 1.0) if mean > far * error else None


def symbol_losses_of(
    models: SymbolModels, folds: Sequence[FoldRows], lookback: int
) -> dict[int, FloatArray]:
    """The losses with none of the past and with a lookback, over all folds."""
    return all_folds(models.losses, folds, [0, lookback])


def models_for(series: Observed, rows: IntArray, horizon: int, block: int, seed: int) -> Models:
    """The families for a series."""
    if series.kind == "numbers":
        return NumberModels(series, rows, horizon, block, seed)
    return SymbolModels(series, horizon, block, seed)
