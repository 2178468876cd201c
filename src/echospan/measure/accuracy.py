"""Accuracy: hits among the scored answers, whole and by position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echospan.measure.clusters import WHOLE_SEQUENCES, over_sequences
from echospan.measure.intervals import Interval


@dataclass(frozen=True)
class Accuracy:
    """A share of right answers.

    Attributes:
        hits: Right answers.
        scored: Number of scored predictions.
        interval: Of the share, over sequences: see `over_sequences`.
    """

    hits: int
    scored: int
    interval: Interval

    @property
    def share(self) -> float:
        """Hits among the scored answers."""
        return self.hits / self.scored


def accuracy(
    expected: np.ndarray,
    predicted: np.ndarray,
    confidence: float = 0.95,
    *,
    tolerance: float = 0.0,
    clustering: float = WHOLE_SEQUENCES,
) -> Accuracy:
    """Score answers; where -1 (or another integer below 0) or NaN is expected, none is scored.

    Args:
        expected: Integers or numbers (sequences, ...). Sequences were drawn independently.
        predicted: Integers or numbers of the same shape.
        confidence: Of the interval.
        tolerance: How far off an answer may be and still be right.
        clustering: See `over_sequences`.

    Raises:
        ValueError: Nothing is scored, or the shapes differ.
    """
    known, right = _scored(expected, predicted, tolerance)
    hits, scored = (each.sum(axis=tuple(range(1, each.ndim))) for each in (right, known))
    interval = over_sequences(hits, scored, confidence, clustering=clustering)
    return Accuracy(int(hits.sum()), int(scored.sum()), interval)


def by_position(
    expected: np.ndarray,
    predicted: np.ndarray,
    position: np.ndarray,
    confidence: float = 0.95,
    *,
    tolerance: float = 0.0,
) -> dict[int, Accuracy]:
    """Accuracy at each step of the sequence.

    Args:
        expected: Integers or numbers (sequences, targets), below 0 or NaN where not scored.
        predicted: Integers or numbers (sequences, targets).
        position: Step of each target (targets,), below 0 where there is none.
        confidence: Of the intervals.
        tolerance: How far off an answer may be and still be right.

    Returns:
        By step, for the steps at which anything is scored.
    """
    scores = {}
    for step in np.unique(position[position >= 0]):
        here = position == step
        if _has_target(expected[:, here]).any():
            scores[int(step)] = accuracy(
                expected[:, here], predicted[:, here], confidence, tolerance=tolerance
            )
    return scores


def _scored(
    expected: np.ndarray, predicted: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which answers are scored, and which of them are right.

    Raises:
        ValueError: Nothing is scored, or the shapes differ.
    """
    if expected.shape != predicted.shape:
        raise ValueError(f"expected {expected.shape} and predicted {predicted.shape} differ")
    known = _has_target(expected)
    if not known.any():
        raise ValueError("no answer is scored")
    right = np.zeros(expected.shape, bool)
    right[known] = np.abs(expected[known] - predicted[known]) <= tolerance
    return known, right


def _has_target(expected: np.ndarray) -> np.ndarray:
    numbers = np.issubdtype(expected.dtype, np.floating)
    known: np.ndarray = ~np.isnan(expected) if numbers else expected >= 0
    return known
