"""How answers are scored: what was drawn independently decides how sure an accuracy is.

New sequences are drawn independently, so the sequence is the unit. The held-out part of a user's
series is one stretch of one series: its steps are the unit, as far as they are independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from echospan.engine.evaluator import Answers
from echospan.measure import Interval, accuracy, by_position, over_seeds, over_steps
from echospan.measure.seeds import with_common
from echospan.measure.steps import FEWEST
from echospan.results.run import HELD_OUT_STEP, SEQUENCE, ByPosition, RunData


class Scored(NamedTuple):
    """An accuracy with its interval.

    Attributes:
        share: Right answers among the scored ones.
        scored: Scored answers.
        interval: Of the share; None where too few values are independent.
        unit: What was drawn independently: a sequence, or a held-out step.
        independent: How many independent values of that unit there are.
    """

    share: float
    scored: int
    interval: Interval | None
    unit: str
    independent: int


def score(
    answers: Answers, predicted: np.ndarray, confidence: float, tolerance: float = 0.0
) -> Scored:
    """Score predictions (sequences, targets) for what the answers expect.

    Raises:
        ValueError: Nothing is scored.
    """
    if answers.start is None:
        found = accuracy(answers.expected, predicted, confidence, tolerance=tolerance)
        drawn = len(answers.values)
        return Scored(found.share, found.scored, found.interval, SEQUENCE, drawn)
    steps = answers.start[:, None] + answers.position
    return _by_step(answers.expected, predicted, steps, confidence)


def score_positions(answers: Answers, confidence: float, tolerance: float = 0.0) -> ByPosition:
    """Score the model's own predictions at each step of a sequence, or of a section."""
    expected, predicted, position = answers.expected, answers.predicted, answers.position
    if answers.start is None:
        found = by_position(expected, predicted, position, confidence, tolerance=tolerance)
        scores = {
            step: Scored(one.share, one.scored, one.interval, SEQUENCE, len(expected))
            for step, one in found.items()
        }
    else:
        scores = {}
        for step in np.unique(position[position >= 0]):
            here = np.flatnonzero(position == step)
            if (expected[:, here] >= 0).any():
                order = np.broadcast_to(answers.start[:, None], (len(expected), len(here)))
                scores[int(step)] = _by_step(
                    expected[:, here], predicted[:, here], order, confidence
                )
    return ByPosition(
        position=tuple(scores),
        accuracy=tuple(one.share for one in scores.values()),
        interval=tuple(one.interval for one in scores.values()),
    )


def _by_step(
    expected: np.ndarray, predicted: np.ndarray, steps: np.ndarray, confidence: float
) -> Scored:
    """Symbols (sequences, targets), each scored at its step of the series, in the order of time."""
    scored = np.flatnonzero(expected.ravel() >= 0)
    if not scored.size:
        raise ValueError("no answer is scored")
    scored = scored[np.argsort(steps.ravel()[scored], kind="stable")]
    asked = expected.ravel()[scored]
    hits = asked == predicted.ravel()[scored]
    interval, independent = over_steps(hits, asked, confidence)
    return Scored(float(hits.mean()), len(hits), interval, HELD_OUT_STEP, independent)


def no_interval(scored: Scored) -> str:
    """Why there is no interval, in one line; empty where there is one."""
    if scored.interval is not None:
        return ""
    return (
        f"No interval is given: the {scored.scored:,} held-out steps are worth "
        f"{scored.independent} independent values, and {FEWEST} are needed. "
        "Bring a longer series, or raise task.held_out."
    )


def mean_of(results: Sequence[RunData]) -> tuple[float, Interval | None]:
    """The mean accuracy of several seeds, and its interval.

    Each seed is judged on new sequences of its own. On a series, all seeds are judged on the same
    held-out part, and what that leaves open doesn't average out.
    """
    accuracies = [float(result.accuracy or 0.0) for result in results]
    mean = float(np.mean(accuracies))
    within = [one.accuracy_interval for one in results if one.accuracy_interval is not None]
    if len(within) < len(results):
        return mean, None
    over = over_seeds(accuracies, results[0].confidence or 0.95, within=within)
    if len(results) > 1 and results[0].on_series:
        over = with_common(over, mean, within)
    return mean, over
