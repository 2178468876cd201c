"""One trial: a lag, a learning rate and a seed, trained until it is clear how it ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.memory_tasks.base import Score, TrainingSpec
from echospan.observer import Halted
from echospan.spans.search.budget import Budget

Ending = Literal["solved", "stalled", "spent", "open", "diverged"]
"""Solved on validation sequences; no progress any more; all its updates used; ended before that by
the budget or the user; the loss became NaN or infinite."""


@dataclass(frozen=True)
class Rules:
    """When a trial ends.

    Attributes:
        updates: The most updates of one trial.
        every: Updates between two looks at the loss.
        patience: Updates without progress after which the learning rate falls, or the trial ends.
        threshold: Share of correct predictions above which a lag counts as solved.
        confidence: Confidence of the intervals.
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

        A model that is nearly right need not wait long: what is left of its loss is the noise of
        steps as large as its rate, so the rate may fall soon. The last rate gets all patience.
        """
        nearly = accuracy > 1 - 2 * (1 - self.threshold)
        return self.patience // 4 if nearly and drops < self.drops else self.patience

    @property
    def goal(self) -> float:
        """Lower end of the validation interval at which training stops: half-way to perfect."""
        return (1 + self.threshold) / 2


@dataclass
class Trial:
    """The state of one trial, while it trains and when it has ended.

    Attributes:
        lag: Steps back, or the task's difficulty.
        rate: Learning rate at the start.
        seed: Seed of its weights and sequences.
        spec: What it trains on.
        weights: Weights with the optimizer.
        ending: How it ended.
        updates: Updates made.
        curve: (updates so far, loss, accuracy) at each look.
        validation: Share of correct predictions on validation sequences; 0 if not measured.
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
        """Loss at the last look."""
        return self.curve[-1][1] if self.curve else math.nan

    @property
    def decided(self) -> bool:
        """Whether it came to an end of its own."""
        return self.ending != "open"

    @property
    def can_go_on(self) -> bool:
        """Whether only a limit of updates or the budget ended it."""
        return self.ending in ("spent", "open") and self.weights is not None


@dataclass(frozen=True)
class TrialRunner:
    """Runs trials of one model.

    Attributes:
        model: The model to train.
        rules: When a trial ends.
        budget: The budget that all trials share.
        stop: Checked between looks; true ends the trial.
        on_look: Called after each look, in the trial's thread.
    """

    model: TrainableModel
    rules: Rules
    budget: Budget
    stop: Callable[[], bool] = lambda: False
    on_look: Callable[[Trial], None] = lambda trial: None

    def run(
        self,
        spec: TrainingSpec,
        rate: float,
        seed: int,
        validation: np.ndarray,
        before: Trial | None = None,
    ) -> Trial:
        """Train until solved, stalled, or out of updates.

        A trial that continues a shorter one of the same spec, rate and seed is what a longer one
        would have been: its data and its patience continue, too.

        Args:
            spec: Lag, length and batch size.
            rate: Learning rate to start with.
            seed: Seed of weights and sequences.
            validation: Sequences that training never sees.
            before: The shorter trial; it is not changed.
        """
        if before is not None and not (before.can_go_on and before.updates < self.rules.updates):
            return before
        try:
            return self._run(spec, rate, seed, validation, before)
        except Halted:
            # Within a long piece of work: where its weights stand is not known.
            return Trial(spec.lag, rate, seed, spec)

    def _run(
        self,
        spec: TrainingSpec,
        rate: float,
        seed: int,
        validation: np.ndarray,
        before: Trial | None,
    ) -> Trial:
        if self.model.learns != "gradient":
            return self._without_gradient(spec, rate, seed, validation)
        if before is None:
            trial = Trial(spec.lag, rate, seed, spec, self.model.start(seed, rate))
        else:
            kept = self.model.keep(before.weights)
            trial = replace(
                before, weights=kept, curve=list(before.curve), ending="open", falling=False
            )
        trial.ending = self._train(trial, validation)
        trial.falling = trial.waited < self.rules.patience // 2 and trial.can_go_on
        if trial.ending not in ("solved", "diverged") and trial.updates:
            trial.validation = self._score(trial, validation).share
        return trial

    def _without_gradient(
        self, spec: TrainingSpec, rate: float, seed: int, validation: np.ndarray
    ) -> Trial:
        """A trial of a model with a readout in closed form, or with nothing to learn."""
        trial = Trial(spec.lag, rate, seed, spec)
        ridge = self.model.learns == "ridge"
        trial.weights = (
            self.model.fit_readout(spec, seed) if ridge else self.model.start(seed, rate)
        )
        trial.validation = self._score(trial, validation).share
        trial.ending = "solved" if trial.validation > self.rules.threshold else "stalled"
        return trial

    def _train(self, trial: Trial, validation: np.ndarray) -> Ending:
        rules = self.rules
        while trial.updates < rules.updates:
            wanted = min(rules.every, rules.updates - trial.updates)
            updates = self.budget.take(wanted, trial.spec.length)
            if updates == 0 or self.stop():
                return "open"
            loss, accuracy = self._piece(trial, updates)
            self.on_look(trial)
            if not math.isfinite(loss):
                return "diverged"
            if accuracy > rules.threshold:
                score = self._score(trial, validation)
                trial.validation = score.share
                if score.interval.low > rules.goal:
                    return "solved"
            if self._stalled(trial, loss, accuracy, updates):
                return "stalled"
        return "spent"

    def _piece(self, trial: Trial, updates: int) -> tuple[float, float]:
        """Train for that many updates; their mean loss and accuracy."""
        trial.weights, piece = self.model.train(
            trial.weights, trial.spec, trial.seed, trial.updates, updates
        )
        trial.updates += updates
        loss, accuracy = float(np.mean(piece.loss)), float(np.mean(piece.accuracy))
        trial.curve.append((trial.updates, loss, accuracy))
        return loss, accuracy

    def _stalled(self, trial: Trial, loss: float, accuracy: float, updates: int) -> bool:
        """Whether waiting longer is of no use; lowers the learning rate first."""
        rules = self.rules
        if loss < 0.97 * trial.best_loss:
            trial.best_loss, trial.waited = loss, 0
            return False
        trial.waited += updates
        if trial.waited < rules.patience_at(accuracy, trial.drops):
            return False
        # A smaller step helps a model that has learned something; at chance there is no slope.
        chance_loss = self.model.task.chance_loss(trial.lag)
        if trial.drops == rules.drops or loss > 0.97 * chance_loss:
            return True
        trial.weights = self.model.at_rate(trial.weights, 1 / 3)
        trial.drops, trial.waited = trial.drops + 1, 0
        return False

    def _score(self, trial: Trial, inputs: np.ndarray) -> Score:
        """Score of predictions for whole sequences."""
        task, lag = self.model.task, trial.lag
        predicted = self.model.predictions(trial.weights, inputs)
        return task.score(task.targets(inputs, lag), predicted, lag, self.rules.confidence)
