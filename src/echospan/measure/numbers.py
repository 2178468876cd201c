"""Scores of answers that are numbers: squared error and the share of variance explained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echospan.measure.intervals import Interval
from echospan.measure.student import student_quantile


@dataclass(frozen=True)
class SquaredError:
    """How far off answers are.

    Attributes:
        mean: Mean squared error of the scored answers.
        interval: Of that mean, from the spread between sequences.
        r2: Share of the variance of what was asked that the answers explain: 1 when all are right,
            0 for the best constant, below 0 for worse.
        scored: Number of scored predictions.
    """

    mean: float
    interval: Interval
    r2: float
    scored: int


def squared_error(
    expected: np.ndarray, predicted: np.ndarray, confidence: float = 0.95
) -> SquaredError:
    """Score answers; NaN among the expected is not scored.

    Args:
        expected: Numbers (sequences, targets).
        predicted: Numbers of the same shape.
        confidence: Of the interval. Sequences are independent, answers about one are not: the
            interval is that of a mean over sequences, weighted by their answers.

    Raises:
        ValueError: Nothing is scored, or the shapes differ.
    """
    if expected.shape != predicted.shape:
        raise ValueError(f"expected {expected.shape} and predicted {predicted.shape} differ")
    scored_at = ~np.isnan(expected)
    scored = int(scored_at.sum())
    if not scored:
        raise ValueError("no answer is scored")
    known = np.where(scored_at, expected, 0.0).astype(float)
    squares = np.where(scored_at, (known - np.where(scored_at, predicted, 0.0)) ** 2, 0.0)
    mean = float(squares.sum() / scored)
    # The spread of a ratio of two sums over sequences, to first order.
    residual = squares.sum(axis=1) - mean * scored_at.sum(axis=1)
    rows = len(expected)
    spread = np.sqrt((residual**2).sum() * rows / max(rows - 1, 1)) / scored
    half = student_quantile(confidence, max(rows - 1, 1)) * float(spread)
    variance = float(known[scored_at].var())
    r2 = 1 - mean / variance if variance > 0 else float(mean == 0)
    return SquaredError(mean, Interval(max(mean - half, 0.0), mean + half), r2, scored)
