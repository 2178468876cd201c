"""Accuracy: hits among the scored answers, whole and by position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echospan.measure.intervals import Interval, wilson


@dataclass(frozen=True)
class Accuracy:
    """A share of right answers.

    Attributes:
        hits: Right answers.
        scored: Answers that were asked for.
        interval: Wilson's interval of the share.
    """

    hits: int
    scored: int
    interval: Interval

    @property
    def share(self) -> float:
        """Hits among the scored answers."""
        return self.hits / self.scored


def accuracy(expected: np.ndarray, predicted: np.ndarray, confidence: float = 0.95) -> Accuracy:
    """Score answers; an expected value below 0 is not scored.

    Args:
        expected: Integers of any shape.
        predicted: Integers of the same shape.
        confidence: Of the interval.

    Raises:
        ValueError: Nothing is scored, or the shapes differ.
    """
    if expected.shape != predicted.shape:
        raise ValueError(f"expected {expected.shape} and predicted {predicted.shape} differ")
    asked = expected >= 0
    scored = int(asked.sum())
    if not scored:
        raise ValueError("no answer is scored")
    hits = int(((expected == predicted) & asked).sum())
    return Accuracy(hits, scored, wilson(hits, scored, confidence))


def by_position(
    expected: np.ndarray, predicted: np.ndarray, position: np.ndarray, confidence: float = 0.95
) -> dict[int, Accuracy]:
    """Accuracy at each step of the sequence.

    Args:
        expected: Integers (sequences, targets), below 0 where not scored.
        predicted: Integers (sequences, targets).
        position: Step of each target (targets,), below 0 where there is none.
        confidence: Of the intervals.

    Returns:
        By step, for the steps at which anything is scored.
    """
    found = {}
    for step in np.unique(position[position >= 0]):
        here = position == step
        if (expected[:, here] >= 0).any():
            found[int(step)] = accuracy(expected[:, here], predicted[:, here], confidence)
    return found
