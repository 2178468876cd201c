"""Gradient boosting of trees (LightGBM), for what is not linear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from echospan.errors import EchospanError
from echospan.extras import needs
from echospan.foreign import one_line
from echospan.lookback.folds import FloatArray, FoldRows, IntArray
from echospan.lookback.seen import Seen
from echospan.lookback.windows import relative, visible

ROUNDS, PATIENCE = 300, 15
SMALL = 500
"""Rows below which trees have fewer leaves."""


class Boosting:
    """Boosted trees, stopped early by the choosing block.

    Args:
        anchor: Whether trees predict the change from the newest value: trees cannot go beyond what
            they were trained on, so that a trend or a random walk would be lost on them.
        seed: Of LightGBM.
    """

    name = "boosting"

    def __init__(self, *, anchor: bool, seed: int) -> None:
        needs("Memory of numbers (echospan needs)", "lightgbm", "scipy")
        self._anchor, self._seed, self._lightgbm = anchor, seed, _loaded()

    def predictions(
        self, seen: Seen, rows: FoldRows, lookbacks: Sequence[int], horizon: int
    ) -> dict[int, tuple[FloatArray, FloatArray]]:
        """As `Ridge.predictions`."""
        found = {}
        for lookback in lookbacks:
            inputs = [
                self._inputs(seen, part, lookback, horizon)
                for part in (rows.train, rows.choose, rows.score)
            ]
            levels = [
                self._level(seen, part, horizon) for part in (rows.train, rows.choose, rows.score)
            ]
            targets = [
                seen.targets[part] - level
                for part, level in zip((rows.train, rows.choose), levels[:2], strict=True)
            ]
            choose, score = self._fitted(inputs, targets)
            found[lookback] = choose + levels[1], score + levels[2]
        return found

    def _level(self, seen: Seen, rows: IntArray, horizon: int) -> FloatArray:
        return seen.targets[rows - horizon] if self._anchor else np.zeros(len(rows))

    def _inputs(self, seen: Seen, rows: IntArray, lookback: int, horizon: int) -> FloatArray:
        windows = visible(seen.inputs, rows, lookback, horizon)
        if not self._anchor:
            return windows
        # The level stays as one input: how far a value changes may depend on it.
        changed = relative(windows, seen.columns)
        changed[:, 0] = windows[:, 0]
        return changed

    def _fitted(
        self, inputs: list[FloatArray], targets: list[FloatArray]
    ) -> tuple[FloatArray, FloatArray]:
        lightgbm = self._lightgbm
        settings = {
            "objective": "regression",
            "num_leaves": 15 if len(inputs[0]) >= SMALL else 6,
            "learning_rate": 0.1,
            "min_data_in_leaf": 20,
            # Threads that wait for each other on a busy machine take ten times as long as one.
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "feature_pre_filter": False,
            "seed": self._seed,
            "verbosity": -1,
        }
        train = lightgbm.Dataset(inputs[0], targets[0], params=settings)
        choose = lightgbm.Dataset(inputs[1], targets[1], reference=train, params=settings)
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        model = lightgbm.train(
            settings, train, ROUNDS, valid_sets=[choose], callbacks=[stop],
            keep_training_booster=True,
        )  # fmt: skip
        return model.predict(inputs[1]), model.predict(inputs[2])


def _loaded() -> Any:
    """LightGBM.

    Raises:
        EchospanError: It is installed, and a library of the system that it needs is not.
    """
    try:
        import lightgbm
    except OSError as error:
        raise EchospanError(
            f"LightGBM can't be loaded: {one_line(str(error))}. It needs the system's OpenMP "
            "library: apt install libgomp1 (Debian, Ubuntu), brew install libomp (macOS)."
        ) from error
    return lightgbm
