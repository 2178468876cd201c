"""Prediction of symbols from a few lags, however far apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.lookback.folds import FoldRows
from echospan.lookback.lag_search import LagSearch
from echospan.lookback.seen import Seen


class LagSubset:
    """Predicts from the few lags that help most.

    Where the symbol 7 steps back matters and the six between do not, contexts of 7 symbols are too
    many to be seen; this family looks at lag 7 alone. It tries all pairs of lags among the newest
    24 (of at most 16 symbols; all triples of at most 3 symbols), then adds lags one by one, up to
    6, as long as the choosing rows are coded shorter.

    Example:
        >>> series = np.random.default_rng(0).integers(0, 8, 600)
        >>> for time in range(7, 600):
        ...     series[time] = series[time - 7] if time % 4 else series[time]
        >>> rows = FoldRows(np.arange(7, 400), np.arange(400, 500), np.arange(500, 600))
        >>> found = LagSubset().predictions(series, rows, [6, 7], 1)
        >>> bits = {lookback: -np.log2(score).mean() for lookback, (_, score) in found.items()}
        >>> bool(bits[6] > 2.9), bool(bits[7] < 1.6)
        (True, True)
    """

    name = "lag subset"

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
        search = LagSearch(seen, rows, horizon)
        return {lookback: search.probabilities(lookback) for lookback in lookbacks}
