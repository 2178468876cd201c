"""How well a trained model answers new sequences, whole and one step at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.measure import Interval, fano_bits, scored_bits
from echospan.spans.trial import Rules
from echospan.tasks import absent


@dataclass(frozen=True)
class Measured:
    """A trained model's score.

    Attributes:
        accuracy: Share of right answers among the scored ones; of numbers, R2.
        interval: Of that share.
        scored: Answers that were asked for.
        streamed: The same share one step at a time; None where the model cannot do that.
        expected: Targets that were scored (answers,).
        predicted: What was answered (answers,).
        solved: Whether the interval's lower end is above the threshold.
        recalled: Least information of an answer in bits, by its scores or by the accuracy's lower
            end, whichever proves more; None where symbols are not echoed.
    """

    accuracy: float
    interval: Interval
    scored: int
    streamed: float | None
    expected: np.ndarray
    predicted: np.ndarray
    solved: bool
    recalled: float | None = None


def measure(
    model: TrainableModel,
    weights: Any,
    distance: int,
    seed: int,
    rules: Rules,
    times: int | None = None,
) -> Measured:
    """Score a model on new sequences, `times` as long as in training where that is said."""
    task = model.task
    inputs = task.evaluation_inputs(distance, seed, "evaluation", times=times)
    targets = task.targets(inputs, distance)
    scores = model.scores(weights, inputs)
    answered = task.predictions(scores)
    streamed = model.stream(weights, inputs)
    score = task.score(targets, answered, distance, rules.confidence)
    by_step = None
    if streamed is not None:
        stepped = task.predictions(streamed.scores)
        by_step = task.score(targets, stepped, distance, rules.confidence).share
    scored = ~absent(targets)
    recalled = None
    if task.echoes:
        recalled = max(
            scored_bits(targets, scores, probabilities=model.gives_probabilities),
            fano_bits(score.interval.low, task.width),
        )
    return Measured(
        accuracy=score.share,
        interval=score.interval,
        scored=score.scored,
        streamed=by_step,
        expected=targets[scored],
        predicted=answered[scored],
        solved=score.interval.low > rules.threshold,
        recalled=recalled,
    )
