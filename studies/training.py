"""Train an experiment for several seeds and learning rates; choose on validation data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.experiment import Experiment
from echospan.measure import Accuracy, accuracy, squared_error
from studies.work import Work

if TYPE_CHECKING:
    from echospan.engine.evaluator import Answers
    from echospan.engine.trainer import Progress

CONFIDENCE = 0.99
"""Of the intervals of a single trained model."""


@dataclass
class Trial:
    """One seed at one learning rate.

    Attributes:
        seed: Of everything that is random.
        rate: Learning rate.
        epochs: That were trained.
        losses: Validation loss at each look.
        looks: Epochs of these looks.
        answers: On new sequences, after training.
    """

    seed: int
    rate: float
    epochs: int = 0
    losses: list[float] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)
    answers: Answers | None = None

    @property
    def validation(self) -> float:
        """The last validation loss; infinite where training broke down."""
        return self.losses[-1] if self.losses and np.isfinite(self.losses[-1]) else np.inf

    @property
    def error(self) -> float:
        """Squared error on new sequences."""
        assert self.answers is not None
        return squared_error(self.answers.expected, self.answers.predicted).mean

    def accuracy(self, tolerance: float = 0.0) -> Accuracy:
        """Accuracy on new sequences."""
        assert self.answers is not None
        expected, predicted = self.answers.expected, self.answers.predicted
        return accuracy(expected, predicted, CONFIDENCE, tolerance=tolerance)


def experiment_of(**settings: Any) -> Experiment:
    """An experiment from plain tables, as from a file."""
    return Experiment(**settings)


def trials(
    experiment: Experiment,
    work: Work,
    *,
    seeds: Sequence[int] = (0,),
    rates: Sequence[float] = (),
    looks: int = 1,
    solved: float | None = None,
) -> list[Trial]:
    """Train all seeds at all rates, each on a core of its own.

    Args:
        experiment: What is trained; its own rate where `rates` is empty.
        work: Told how far it is.
        seeds: Seeds.
        rates: Learning rates.
        looks: How often the validation loss is measured.
        solved: A run ends early when its validation loss falls below this.
    """
    from echospan.engine.compiled_experiment import CompiledExperiment
    from echospan.engine.fleet import Member, Validation
    from echospan.random import stream

    compiled = CompiledExperiment(experiment)
    runs = [
        Trial(seed, rate) for rate in rates or [experiment.training.learning_rate] for seed in seeds
    ]

    def watch(trial: Trial, progress: Progress) -> bool:
        assert progress.answers is not None
        trial.epochs = progress.epoch
        trial.looks.append(progress.epoch)
        trial.losses.append(float(progress.answers.loss.mean()))
        broken = not np.isfinite(trial.losses[-1])
        done = solved is not None and trial.losses[-1] < solved
        return done or broken or work.stop()

    def member(trial: Trial) -> Member:
        return Member(
            compiled.trainer,
            compiled.start(_settle(experiment, trial)),
            stream(trial.seed, "data"),
            epochs=experiment.training.epochs,
            epochs_per_call=max(1, experiment.training.epochs // looks),
            validation=Validation(compiled.evaluator, stream(trial.seed, "validation")),
            on_progress=partial(watch, trial),
        )

    label = f"{experiment.model.kind} on {experiment.task.kind}"
    for trial, values in work.train(label, runs, member):
        trial.answers = compiled.judge(values, trial.seed)
    return runs


def train_one(experiment: Experiment, work: Work) -> Trial:
    """The experiment as it is."""
    return trials(experiment, work, seeds=(experiment.seed,))[0]


def chosen(runs: Sequence[Trial]) -> list[Trial]:
    """The runs of the learning rate with the lowest mean validation loss."""
    return at_rate(runs, best_rate(runs))


def at_rate(runs: Sequence[Trial], rate: float) -> list[Trial]:
    """The runs of one learning rate."""
    return [run for run in runs if run.rate == rate]


def best_rate(runs: Sequence[Trial]) -> float:
    """The learning rate with the lowest mean validation loss over seeds."""
    rates = sorted({run.rate for run in runs})
    return min(rates, key=lambda rate: np.mean([run.validation for run in at_rate(runs, rate)]))


def _settle(experiment: Experiment, trial: Trial) -> Experiment:
    return experiment.with_settings({"seed": trial.seed, "training.learning_rate": trial.rate})
