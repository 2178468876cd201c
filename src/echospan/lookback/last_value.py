"""The newest visible value as the prediction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.lookback.folds import FloatArray, FoldRows
from echospan.lookback.seen import Seen


class LastValue:
    """Persistence: what was last seen comes again."""

    name = "last value"

    def predictions(
        self, seen: Seen, rows: FoldRows, lookbacks: Sequence[int], horizon: int
    ) -> dict[int, tuple[FloatArray, FloatArray]]:
        """As `Ridge.predictions`."""
        both = seen.targets[rows.choose - horizon], seen.targets[rows.score - horizon]
        return dict.fromkeys(lookbacks, both)


def anchored(seen: Seen, rows: np.ndarray, horizon: int) -> bool:
    """Whether the last value predicts better than the mean: as in a trend or a random walk."""
    if not seen.own:
        return False
    change = seen.targets[rows] - seen.targets[rows - horizon]
    return bool((change**2).mean() < seen.targets[rows].var())
