"""Linear models of all visible values, with a penalty chosen on the choosing block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.lookback.folds import FloatArray, FoldRows
from echospan.lookback.seen import Seen
from echospan.lookback.windows import visible

PENALTIES = np.logspace(-8, 3, 12)
"""Of squared weights, where inputs have variance 1 and the loss is a mean."""


class Ridge:
    """Ridge regression: one eigendecomposition per fold and lookback serves all penalties."""

    name = "ridge"

    def predictions(
        self, seen: Seen, rows: FoldRows, lookbacks: Sequence[int], horizon: int
    ) -> dict[int, tuple[FloatArray, FloatArray]]:
        """Predict the choosing and the scored rows at each lookback.

        Args:
            seen: Numbers, and what is asked.
            rows: The rows of the fold.
            lookbacks: Each at least 1.
            horizon: Steps between the newest visible value and the target.

        Returns:
            Predictions (rows,) for `rows.choose` and `rows.score`, by lookback.
        """
        longest, columns = max(lookbacks), seen.columns
        train, choose, score = (
            visible(seen.inputs, part, longest, horizon)
            for part in (rows.train, rows.choose, rows.score)
        )
        fit = Moments(train, seen.targets[rows.train])
        wanted = seen.targets[rows.choose]
        choose, score = fit.standard(choose), fit.standard(score)
        return {
            lookback: fit.predict(np.arange(lookback * columns), choose, wanted, score)
            for lookback in lookbacks
        }


class Moments:
    """Means, scales and second moments of training windows, from which any subset is fitted.

    Args:
        windows: Training inputs (rows, inputs).
        targets: Training targets (rows,).
    """

    def __init__(self, windows: FloatArray, targets: FloatArray) -> None:
        self.mean = windows.mean(0)
        scale = windows.std(0)
        # An input that never changes says nothing, whatever it is divided by.
        self.scale = np.where(scale > 1e-12, scale, 1.0)
        self.level = float(targets.mean())
        inputs = self.standard(windows)
        self.second = inputs.T @ inputs / len(inputs)
        self.cross = inputs.T @ (targets - self.level) / len(inputs)

    def standard(self, windows: FloatArray) -> FloatArray:
        """Windows in units of the training rows."""
        standard: FloatArray = (windows - self.mean) / self.scale
        return standard

    def predict(
        self,
        kept: np.ndarray,
        choose: FloatArray,
        wanted: FloatArray,
        score: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Fit some of the inputs, with the penalty that is best on the choosing rows.

        Args:
            kept: Indices of the inputs that are used (kept,).
            choose: Standardised windows of the choosing rows (rows, inputs).
            wanted: Targets there (rows,).
            score: Standardised windows of the scored rows (rows, inputs).

        Returns:
            Predictions (rows,) of the choosing and of the scored rows.
        """
        values, vectors = np.linalg.eigh(self.second[np.ix_(kept, kept)])
        turned = vectors.T @ self.cross[kept]
        shrunk = turned[:, None] / (np.maximum(values, 0.0)[:, None] + PENALTIES)
        weights = vectors @ shrunk
        guesses = choose[:, kept] @ weights + self.level
        best = int(np.argmin(((guesses - wanted[:, None]) ** 2).mean(0)))
        return guesses[:, best], score[:, kept] @ weights[:, best] + self.level
