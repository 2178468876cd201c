"""What was measured at one lag, and whether the lag is solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.measure import Interval, fano_bits, scored_bits
from echospan.spans.search.ladder import Outcome
from echospan.spans.search.trial import Rules, Trial
from echospan.tasks import absent


@dataclass(frozen=True)
class Measured:
    """Scores of one trained model on new sequences.

    Attributes:
        accuracy: Share of correct predictions; for numbers, R2.
        interval: Confidence interval of that share.
        scored: Number of predictions that were scored.
        streamed: The same share one step at a time; None if the model can't do that.
        expected: Scored targets (predictions,).
        predicted: Predictions (predictions,).
        solved: Whether the interval's lower end is above the threshold.
        recalled: Lower bound of the information in a prediction, in bits: by its scores or by the
            accuracy's lower end, whichever is larger; None if symbols are not echoed.
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
    lag: int,
    seed: int,
    rules: Rules,
    times: int | None = None,
) -> Measured:
    """Score a model on new sequences.

    Args:
        model: The model.
        weights: Its weights.
        lag: The task's difficulty.
        seed: Seed of the sequences.
        rules: Threshold and confidence.
        times: Length of the sequences as a multiple of the training length; by default the task's.
    """
    task = model.task
    inputs = task.evaluation_inputs(lag, seed, "evaluation", times=times)
    targets = task.targets(inputs, lag)
    scores = model.scores(weights, inputs)
    predicted = task.predictions(scores)
    streamed = model.stream(weights, inputs)
    score = task.score(targets, predicted, lag, rules.confidence)
    by_step = None
    if streamed is not None:
        stepped = task.predictions(streamed.scores)
        by_step = task.score(targets, stepped, lag, rules.confidence).share
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
        predicted=predicted[scored],
        solved=score.interval.low > rules.threshold,
        recalled=recalled,
    )


@dataclass
class LagResult:
    """What was measured at one lag.

    Attributes:
        lag: Steps back, or the task's difficulty.
        outcome: Solved, failed or undecided.
        trials: One for each seed, at the learning rate that was chosen.
        measured: Their scores on new sequences, in the same order; None if a seed has none.
        tried: Validation share of each seed, by learning rate.
    """

    lag: int
    outcome: Outcome
    trials: list[Trial]
    measured: list[Measured | None]
    tried: dict[float, list[float]] = field(default_factory=dict)

    @property
    def solved_share(self) -> float | None:
        """Share of the measured seeds that solved the lag; None if none was measured."""
        solved = [m.solved for m in self.measured if m is not None]
        return float(np.mean(solved)) if solved else None

    @property
    def median(self) -> int | None:
        """Position of the median among the measured seeds (the lower of two)."""
        shares = {i: m.accuracy for i, m in enumerate(self.measured) if m is not None}
        ranked = sorted(shares, key=lambda i: shares[i])
        return ranked[(len(ranked) - 1) // 2] if ranked else None

    @property
    def converged(self) -> bool:
        """Whether every seed trained until its loss had stopped falling, at smaller rates too."""
        return all(trial.ending == "stalled" for trial in self.trials)


def judge(measured: Sequence[Measured | None], open_: Sequence[bool]) -> Outcome:
    """Decide by the median seed; undecided while open seeds could change that.

    Args:
        measured: Scores of each seed, or None.
        open_: Whether that seed's training was cut short.
    """
    middle = (len(measured) - 1) // 2
    solved = [m is not None and m.solved for m in measured]
    # If all open seeds fail, and if all of them succeed.
    worst = sorted(solved)[middle]
    best = sorted(s or o or m is None for s, o, m in zip(solved, open_, measured, strict=True))
    if worst:
        return "solved"
    return "undecided" if best[middle] else "failed"
