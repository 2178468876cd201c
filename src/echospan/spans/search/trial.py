"""One trial: a lag, a learning rate and a seed, trained until it is clear how it ends."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from echospan.adapters.trainable import PIECE, Curve, TrainableModel
from echospan.memory_tasks.base import Score, TrainingSpec
from echospan.observer import Halted
from echospan.spans.search.budget import Budget

Ending = Literal["solved", "stalled", "spent", "open", "diverged"]
"""Solved on validation sequences; no progress any more; all its updates used; ended before that by
the budget or the user; the loss became NaN or infinite."""


PIECE_SECONDS = 0.5
"""Time that a piece of training may take where seconds are limited."""


@dataclass(frozen=True)
class Rules:
    """When a trial ends.

    Attributes:
        updates: The most updates of one trial.
        most_updates: The limit doubles up to this, where the loss still falls.
        every: Updates between two looks at the loss.
        patience: Updates without progress after which the learning rate falls, or the trial ends.
        threshold: Share of correct predictions above which a lag counts as solved.
        confidence: Confidence of the intervals.
        drops: How often the learning rate falls (to a third) before the trial ends.
        falling_fails: Whether a lag fails, and is not undecided, if the loss still falls when all
            updates are used.
    """

    updates: int = 4000
    most_updates: int = 4000
    every: int = 100
    patience: int = 1000
    threshold: float = 0.95
    confidence: float = 0.95
    drops: int = 2
    falling_fails: bool = True

    @property
    def longer(self) -> Rules:
        """The same rules with twice the updates for a trial, as far as they allow."""
        return replace(self, updates=min(2 * self.updates, self.most_updates))

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

    def is_open(self, rules: Rules) -> bool:
        """Whether more training might change what it shows."""
        return not self.decided or (self.falling and not rules.falling_fails)

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
        budget: The budget that all trials share; only its seconds are looked at here.
        stop: Checked between looks; true ends the trial.
        on_look: Called after each look with the trial and its limit of updates, in its thread.
    """

    model: TrainableModel
    rules: Rules
    budget: Budget
    stop: Callable[[], bool] = lambda: False
    on_look: Callable[[Trial, int], None] = lambda trial, limit: None

    def run(
        self,
        spec: TrainingSpec,
        rate: float,
        seed: int,
        validation: np.ndarray,
        before: Trial | None = None,
        most: int | None = None,
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
            most: Updates in all after which it ends, still open; by default the rules' alone.
        """
        if before is not None and not (before.can_go_on and before.updates < self.rules.updates):
            return before
        try:
            return self._run(spec, rate, seed, validation, before, most)
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
        most: int | None,
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
        most = self.rules.updates if most is None else min(most, self.rules.updates)
        trial.ending = self._train(trial, validation, most)
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

    def _train(self, trial: Trial, validation: np.ndarray, most: int) -> Ending:
        rules = self.rules
        while trial.updates < most:
            updates = min(rules.every, most - trial.updates)
            look = self._until_look(trial, updates)
            if look is None:
                return "open"
            loss, accuracy = look
            self.on_look(trial, rules.updates)
            if not math.isfinite(loss):
                return "diverged"
            if accuracy > rules.threshold:
                score = self._score(trial, validation)
                trial.validation = score.share
                if score.interval.low > rules.goal:
                    return "solved"
            if self._stalled(trial, loss, accuracy, updates):
                return "stalled"
        return "spent" if trial.updates >= rules.updates else "open"

    def _until_look(self, trial: Trial, updates: int) -> tuple[float, float] | None:
        """Train for that many updates; their mean loss and accuracy. None if it was cut short.

        Between two pieces nothing is decided, so that their size changes no outcome. They are
        small where the seconds are limited, or a slow model would run far beyond them.
        """
        curves: list[Curve] = []
        size, done = PIECE if self.budget.seconds is not None else updates, 0
        while done < updates:
            if self.stop() or self.budget.out_of_time:
                break
            begun, now = time.perf_counter(), min(size, updates - done)
            trial.weights, curve = self.model.train(
                trial.weights, trial.spec, trial.seed, trial.updates, now
            )
            curves.append(curve)
            trial.updates, done = trial.updates + now, done + now
            if time.perf_counter() - begun < PIECE_SECONDS / 2:
                size *= 2
        if curves:
            loss = float(np.mean(np.concatenate([curve.loss for curve in curves])))
            accuracy = float(np.mean(np.concatenate([curve.accuracy for curve in curves])))
            trial.curve.append((trial.updates, loss, accuracy))
        return trial.curve[-1][1:] if done == updates else None

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
