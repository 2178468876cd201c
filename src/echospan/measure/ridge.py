"""Ridge regression with a free offset: decomposed once, solved for any penalty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np


class RidgeSums(NamedTuple):
    """Sums over answers: all that the regression needs of data that comes in pieces.

    Attributes:
        x: Of the features (features,).
        y: Of the targets (outputs,).
        xx: Of the features' products (features, features).
        xy: Of the products of features and targets (features, outputs).
        number: Answers.
    """

    x: np.ndarray
    y: np.ndarray
    xx: np.ndarray
    xy: np.ndarray
    number: int

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray) -> Self:
        """Sums over features (answers, features) and targets (answers, outputs)."""
        return cls(x.sum(0), y.sum(0), x.T @ x, x.T @ y, len(x))

    def plus(self, other: RidgeSums) -> RidgeSums:
        """Over the answers of both."""
        return RidgeSums(
            self.x + other.x,
            self.y + other.y,
            self.xx + other.xx,
            self.xy + other.xy,
            self.number + other.number,
        )


class Ridge(NamedTuple):
    """A ridge regression of targets on features, decomposed so that each penalty costs little.

    Attributes:
        mean: Of the features (features,).
        level: Mean of the targets (outputs,).
        axes: Principal axes of the features, as columns (features, axes).
        variances: Of the features along these (axes,).
        shared: Covariance of axes and targets (axes, outputs).
    """

    mean: np.ndarray
    level: np.ndarray
    axes: np.ndarray
    variances: np.ndarray
    shared: np.ndarray

    @classmethod
    def from_sums(cls, sums: RidgeSums) -> Self:
        """By the normal equations, whose condition is the square of the features'."""
        mean, level = sums.x / sums.number, sums.y / sums.number
        variances, axes = np.linalg.eigh(sums.xx / sums.number - np.outer(mean, mean))
        shared = axes.T @ (sums.xy / sums.number - np.outer(mean, level))
        # Rounding leaves negative variances where features depend on each other.
        return cls(mean, level, axes, variances, shared)

    @classmethod
    def from_arrays(cls, x: np.ndarray, y: np.ndarray) -> Self:
        """By singular values: exact also for fading memories, whose variances are tiny.

        Args:
            x: Features (answers, features).
            y: Targets (answers, outputs).
        """
        mean, level = x.mean(axis=0), y.mean(axis=0)
        left, size, right = np.linalg.svd(x - mean, full_matrices=False)
        kept = size > size.max(initial=0.0) * np.finfo(float).eps * max(x.shape)
        shared = size[:, None] * (left.T @ (y - level)) / len(x)
        # An axis along which nothing varies has no weight, whatever the penalty.
        return cls(
            mean,
            level,
            right.T,
            np.where(kept, size**2 / len(x), 1.0),
            np.where(kept[:, None], shared, 0.0),
        )

    @property
    def mean_variance(self) -> float:
        """Of the features: the scale of a penalty that suits them."""
        return max(float(self.variances.mean()), 1e-300)

    def solve(self, penalty: float) -> tuple[np.ndarray, np.ndarray]:
        """Weights (features, outputs) and offset (outputs,) of least squared error plus penalty.

        Args:
            penalty: Added to the variance along each axis; the offset is free of it.
        """
        damped = np.maximum(self.variances, 0.0) + penalty
        weights = self.axes @ (self.shared / damped[:, None])
        return weights, self.level - self.mean @ weights

    def best(
        self,
        penalties: Iterable[float],
        loss: Callable[[np.ndarray, np.ndarray], float],
        factors: Sequence[float] = (1.0,),
    ) -> tuple[np.ndarray, np.ndarray]:
        """Weights and offset of the least loss on other data; the first among equals.

        Args:
            penalties: Tried, as shares of the features' mean variance.
            loss: Of weights and offset.
            factors: Tried with each penalty: multiples of weights and offset.
        """
        solved = (self.solve(penalty * self.mean_variance) for penalty in penalties)
        tried = (
            (factor * weights, factor * offset) for weights, offset in solved for factor in factors
        )
        return min(tried, key=lambda readout: loss(*readout))
