"""Uncertainty of differences between losses: paired block bootstrap, and the spread of folds.

The bootstrap takes the trained models as they are; how much they differ from fold to fold shows
what another sample to train on would have changed. A standard error is the larger of the two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from echospan.lookback.folds import FOLDS, FloatArray, IntArray

DRAWS = 1_000
LEVEL = 0.05
TINY = 1e-12
"""Of the largest loss: standard errors below are zero but for rounding."""


class PairedLosses:
    """Losses of the same rows at several lookbacks, with draws of their means.

    Args:
        losses: The loss of each scored row (rows,), by lookback; rows in the order of time.
        fold: The fold of each row (rows,).
        block: Rows of a block of the bootstrap.
        seed: Of the draws.

    Attributes:
        lookbacks: Growing.
        means: Mean loss at each (lookbacks,).
    """

    def __init__(
        self, losses: Mapping[int, FloatArray], fold: IntArray, block: int, seed: int
    ) -> None:
        self.lookbacks = sorted(losses)
        table = np.stack([losses[lookback] for lookback in self.lookbacks])
        self.means = table.mean(1)
        self.rows = table.shape[1]
        self._place = {lookback: place for place, lookback in enumerate(self.lookbacks)}
        self._drawn = _drawn_means(table, block, seed)
        names = np.unique(fold)
        self._by_fold = np.stack([table[:, fold == name].mean(1) for name in names])
        self._floor = TINY * max(float(self.means.max()), 1e-300)

    def mean(self, lookback: int) -> float:
        """Mean loss at a lookback."""
        return float(self.means[self._place[lookback]])

    @property
    def best(self) -> int:
        """The lookback with the lowest mean loss."""
        return self.lookbacks[int(np.argmin(self.means))]

    def interval(self, lookback: int) -> tuple[float, float]:
        """The 95 % interval of a mean loss."""
        place = self._place[lookback]
        mean = float(self.means[place])
        errors = _spread(self._drawn[:, [place]], self._by_fold[:, [place]])
        wide = 1.96 * float(errors[0])
        return max(mean - wide, 0.0), mean + wide

    def difference(self, longer: int, shorter: int) -> tuple[float, float]:
        """How much more is lost with `shorter` than with `longer`, and its standard error."""
        mean = self.mean(shorter) - self.mean(longer)
        return mean, float(self._difference_errors(shorter, [longer])[0][0])

    def beaten_by(self, lookback: int, others: Sequence[int], margin: float) -> float:
        """The p-value of "none of the others loses less than this one by more than a margin".

        It holds for all of them at once: the largest t of the draws is what counts.

        Args:
            lookback: The one that may be beaten.
            others: Those that may beat it.
            margin: By how much.
        """
        if not others:
            return 1.0
        errors, noise = self._difference_errors(lookback, others)
        places = [self._place[other] for other in others]
        found = self.means[self._place[lookback]] - self.means[places] - margin
        strongest = float((found / errors).max())
        if strongest <= 0:
            return 1.0
        return float((1 + (noise.max(1) >= strongest).sum()) / (1 + len(noise)))

    def lower_in_each_fold(self, lookback: int, others: Sequence[int]) -> float:
        """The p-value of "none of the others loses a smaller share than this one does".

        Where the level of a series wanders, the losses of one fold can outweigh those of all
        others. Logarithms of ratios, one per fold, are then what can be compared.

        Args:
            lookback: The one that may be beaten.
            others: Those that may beat it.
        """
        own = self._by_fold[:, self._place[lookback]]
        places = [self._place[other] for other in others]
        if not places or len(own) < FOLDS or own.min() <= 0:
            return 1.0
        ratios = np.log(own[:, None] / np.maximum(self._by_fold[:, places], TINY * own.max()))
        errors = np.maximum(ratios.std(0, ddof=1) / math.sqrt(len(own)), TINY)
        return min(len(others) * _beyond(float((ratios.mean(0) / errors).max())), 1.0)

    def _difference_errors(
        self, lookback: int, others: Sequence[int]
    ) -> tuple[FloatArray, FloatArray]:
        """Standard errors (others,) of differences, and their noise in t (draws, others)."""
        place, places = self._place[lookback], [self._place[other] for other in others]
        drawn = self._drawn[:, place][:, None] - self._drawn[:, places]
        by_fold = self._by_fold[:, place][:, None] - self._by_fold[:, places]
        spread = np.maximum(drawn.std(0), self._floor)
        # In units of the bootstrap's own spread: a larger standard error must not shrink it.
        noise = (drawn - (self.means[place] - self.means[places])) / spread
        return self._errors(drawn, by_fold), noise

    def _errors(self, drawn: FloatArray, by_fold: FloatArray) -> FloatArray:
        return np.maximum(_spread(drawn, by_fold), self._floor)


def _spread(drawn: FloatArray, by_fold: FloatArray) -> FloatArray:
    """The larger of the spread of the draws and of the folds' mean."""
    between = by_fold.std(0, ddof=1) / math.sqrt(len(by_fold))
    larger: FloatArray = np.maximum(drawn.std(0), between)
    return larger


def _beyond(t: float) -> float:
    """The probability of a larger t by chance, with four degrees of freedom: five folds."""
    share = t * t / 4
    within = t / math.sqrt(1 + share) * (1 - share / (3 * (1 + share)))
    return max(0.5 - 3 / 8 * within, 0.0)


def block_of(rows: int, steps: int, horizon: int) -> int:
    """Rows of a block: errors of targets within a horizon share what happened in between.

    Args:
        rows: Scored rows.
        steps: Different steps at which they were taken: rows of several series come together.
        horizon: Of the predictions.
    """
    spanned = max(2.0 * horizon, math.cbrt(steps))
    return max(round(rows / steps * spanned), 1)


def _drawn_means(table: FloatArray, block: int, seed: int) -> FloatArray:
    """Means of circular blocks drawn with replacement (draws, lookbacks); the same for all."""
    lookbacks, rows = table.shape
    block = min(block, rows)
    count = math.ceil(rows / block)
    round_about = np.concatenate([table, table[:, :block]], 1)
    sums = np.concatenate([np.zeros((lookbacks, 1)), np.cumsum(round_about, 1)], 1)
    blocks = (sums[:, block : block + rows] - sums[:, :rows]) / block
    starts = np.random.default_rng([seed, 3]).integers(0, rows, (DRAWS, count))
    drawn = np.empty((DRAWS, lookbacks))
    for place in range(lookbacks):
        drawn[:, place] = blocks[place][starts].mean(1)
    return drawn
