"""One trial: a lag, a learning rate and a seed, trained until it is clear how it ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.memory_tasks.base import Score, TrainingSpec
from echospan.spans.budget import Budget

Ending = Literal["solved", "stalled", "spent", "open", "diverged"]
"""Solved on validation sequences; no progress any more; all its updates used; the budget (or the
user) ended it before that; the loss became NaN or infinite."""


@dataclass(frozen=True)
class Rules:
    """When a trial ends.

    Attributes:
        updates: The most that one trial makes.
        every: Updates between two looks.
        patience: Updates without progress after which the learning rate falls, or the trial ends.
        threshold: Share of right answers above which a lag counts as solved.
        confidence: Of the intervals.
        drops: How often the learning rate falls (to a third) before the trial ends.
    """

    updates: int = 4000
    every: int = 100
    patience: int = 1000
    threshold: float = 0.95
    confidence: float = 0.95
    drops: int = 2

    def patience_at(self, accuracy: float, drops: int) -> int:
        """Updates to wait for progress.

        A model that is nearly right does not wait for an idea: what is left of its loss is the
        noise of steps as large as its rate, so that the rate may fall soon. The last rate gets all
        patience, too.
        """
        nearly = accuracy > 1 - 2 * (1 - self.threshold)
        return self.patience // 4 if nearly and drops < self.drops else self.patience

    @property
    def goal(self) -> float:
        """Lower end of the validation interval at which training stops: half-way to perfect."""
        return (1 + self.threshold) / 2


@dataclass
class Trial:
    """What became of one trial.

    Attributes:
        lag: Steps back, or the task's distance.
        rate: Learning rate at the start.
        seed: Names its streams of randomness.
        spec: What it trained on.
        weights: As it ended, or as it was best on validation sequences.
        ending: How it ended.
        updates: Made in all.
        curve: (updates so far, loss, accuracy) at each look.
        validation: Best share of right answers on validation sequences; 0 where none was asked.
        falling: Whether the loss was still falling when training ended.
        best_loss: Lowest loss that counted as progress.
        waited: Updates since then, or since the rate fell.
        drops: How often the rate has fallen.
    """

    lag: int
    rate: float
    seed: int
    spec: TrainingSpec
    weights: Any = None
    ending: Ending = "open"
    updates: int = 0
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    validation: float = 0.0
    falling: bool = False
    best_loss: float = math.inf
    waited: int = 0
    drops: int = 0

    @property
    def loss(self) -> float:
        """At the last look."""
        return self.curve[-1][1] if self.curve else math.nan

    @property
    def decided(self) -> bool:
        """Whether it came to an end of its own."""
        return self.ending != "open"

    @property
    def can_go_on(self) -> bool:
        """Whether nothing but a limit of updates or the budget ended it."""
        return self.ending in ("spent", "open") and self.weights is not None


def run_trial(
    model: TrainableModel,
    spec: TrainingSpec,
    rate: float,
    seed: int,
    rules: Rules,
    budget: Budget,
    validation: np.ndarray,
    stop: Callable[[], bool] = lambda: False,
    on_look: Callable[[Trial], None] = lambda trial: None,
    before: Trial | None = None,
) -> Trial:
    """Train until solved, stalled, or out of updates.

    A trial that goes on where a shorter one of the same spec, rate and seed ended is what a
    longer one would have been: its data and its patience go on, too.

    Args:
        model: What is trained.
        spec: On what.
        rate: Learning rate to start with.
        seed: Of weights and data.
        rules: When to end.
        budget: Shared by all trials.
        validation: Sequences that training never sees; for echo, longer than the spec's.
        stop: Asked between looks.
        on_look: Told after each look.
        before: The shorter trial; it stays as it is.
    """
    if before is not None and not (before.can_go_on and before.updates < rules.updates):
        return before
    trial = Trial(spec.lag, rate, seed, spec)
    if model.learns != "gradient":
        ridge = model.learns == "ridge"
        trial.weights = model.fit_readout(spec, seed) if ridge else model.start(seed, rate)
        trial.validation = score(model, trial.weights, validation, spec.lag, rules).share
        trial.ending = "solved" if trial.validation > rules.threshold else "stalled"
        return trial
    if before is None:
        weights = model.start(seed, rate)
    else:
        trial = replace(before, curve=list(before.curve), ending="open", falling=False)
        weights = model.keep(before.weights)
    chance_loss = model.task.chance_loss(spec.lag)
    while trial.updates < rules.updates:
        allowed = budget.take(min(rules.every, rules.updates - trial.updates), spec.length)
        if allowed == 0 or stop():
            break
        weights, piece = model.train(weights, spec, seed, trial.updates, allowed)
        trial.updates += allowed
        loss, accuracy = float(np.mean(piece.loss)), float(np.mean(piece.accuracy))
        trial.curve.append((trial.updates, loss, accuracy))
        on_look(trial)
        if not math.isfinite(loss):
            trial.ending = "diverged"
            break
        if accuracy > rules.threshold:
            found = score(model, weights, validation, spec.lag, rules)
            trial.validation = found.share
            if found.interval.low > rules.goal:
                trial.ending = "solved"
                break
        if loss < 0.97 * trial.best_loss:
            trial.best_loss, trial.waited = loss, 0
            continue
        trial.waited += allowed
        if trial.waited < rules.patience_at(accuracy, trial.drops):
            continue
        # A smaller step helps a model that has learned something; at chance there is no slope.
        if trial.drops == rules.drops or loss > 0.97 * chance_loss:
            trial.ending = "stalled"
            break
        weights = model.at_rate(weights, 1 / 3)
        trial.drops, trial.waited = trial.drops + 1, 0
    else:
        trial.ending = "spent"
    trial.weights = weights
    trial.falling = trial.waited < rules.patience // 2 and trial.can_go_on
    if trial.ending not in ("solved", "diverged") and trial.updates:
        trial.validation = score(model, weights, validation, spec.lag, rules).share
    return trial


def score(model: TrainableModel, weights: Any, inputs: np.ndarray, lag: int, rules: Rules) -> Score:
    """How well whole sequences are answered."""
    task = model.task
    answered = model.predictions(weights, inputs)
    return task.score(task.targets(inputs, lag), answered, lag, rules.confidence)
