"""Train one experiment inside a stored run, so that nothing done is ever lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from echospan.engine.learner import Learner
from echospan.engine.named import from_arrays, to_arrays
from echospan.engine.trainer import Progress
from echospan.engine.values import Values
from echospan.experiment import Experiment
from echospan.observer import Observer, Stopped
from echospan.random import stream
from echospan.store import Run

SECONDS_BETWEEN_CHECKPOINTS = 2.0


@dataclass
class Trained:
    """A trained experiment.

    Attributes:
        values: The values of the model's variables.
        history: Arrays (epochs,) by name.
        epochs: Epochs that were run; fewer than asked where patience ended the training.
        seconds: Of training, without compilation, all sessions of a resumed run together.
    """

    values: Values
    history: dict[str, np.ndarray]
    epochs: int
    seconds: float


@dataclass
class Patience:
    """When to stop: the validation loss has not fallen for some checks."""

    allowed: int | None
    best: float = float("inf")
    waited: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)

    def spent(self, epoch: int, loss: float) -> bool:
        """Note a validation loss; True when it is time to stop."""
        self.losses.append((epoch, loss))
        self.waited = 0 if loss < self.best else self.waited + 1
        self.best = min(loss, self.best)
        return self.allowed is not None and self.waited >= self.allowed


def train(
    experiment: Experiment,
    learner: Learner,
    run: Run,
    *,
    observer: Observer,
    stop: Callable[[], bool],
    label: str,
) -> Trained:
    """Train, or go on from the run's checkpoint.

    A run that was killed and resumed has the same values as one that was not: every epoch has a
    stream of its own, and the checkpoint holds everything that an update changes.

    Raises:
        Stopped: `stop` said so; the checkpoint is stored.
    """
    training = experiment.training
    values = learner.start(experiment)
    epoch, seconds, patience = 0, 0.0, Patience(training.patience)
    pieces: list[dict[str, np.ndarray]] = []
    if (checkpoint := run.load_checkpoint()) is not None:
        arrays, meta = checkpoint
        values = from_arrays(learner.model, values, arrays)
        epoch, seconds = meta["epoch"], meta["seconds"]
        patience = Patience(training.patience, meta["best"], meta["waited"], meta["losses"])
        pieces = [_history(arrays)]
    if training.epochs == 0:
        return Trained(values, {}, 0, 0.0)
    learner.trainer.compile(values)
    learner.evaluator.compile(values)
    observer.begin(label, training.epochs, epoch)
    began = saved = time.perf_counter()
    done, ended = epoch, patience.allowed is not None and patience.waited >= patience.allowed

    def save(values: Values) -> None:
        arrays = to_arrays(learner.model, values)
        arrays |= {f"history.{name}": part for name, part in _join(pieces).items()}
        run.save_checkpoint(
            arrays,
            {
                "epoch": done,
                "seconds": seconds + time.perf_counter() - began,
                "best": patience.best,
                "waited": patience.waited,
                "losses": patience.losses,
            },
        )

    def on_progress(progress: Progress) -> bool:
        nonlocal done, ended, saved
        done = progress.epoch
        pieces.append(progress.logs)
        observer.progress(done, {name: float(log[-1]) for name, log in progress.logs.items()})
        if training.patience is not None and done % training.validate_every == 0:
            loss = learner.judge(progress.values, experiment.seed, "validation").loss
            ended = patience.spent(done, float(np.mean(loss)))
        stopping = stop()
        if stopping or time.perf_counter() - saved > SECONDS_BETWEEN_CHECKPOINTS:
            save(progress.values)
            saved = time.perf_counter()
        return ended or stopping

    if not ended:
        values = learner.trainer.run(
            values,
            stream(experiment.seed, "data"),
            epochs=training.epochs,
            first_epoch=epoch,
            epochs_per_call=training.validate_every if training.patience is not None else None,
            on_progress=on_progress,
        )
    observer.end()
    if stop():
        raise Stopped(run.id)
    history = _join(pieces)
    history = {"epoch": np.arange(1, done + 1, dtype=np.float64), **history}
    if patience.losses:
        history["val_loss"] = _spread(patience.losses, done)
    return Trained(values, history, done, seconds + time.perf_counter() - began)


def _history(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        name.removeprefix("history."): array
        for name, array in arrays.items()
        if name.startswith("history.")
    }


def _join(pieces: list[dict[str, np.ndarray]]) -> dict[str, Any]:
    names = pieces[0] if pieces else {}
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in names}


def _spread(losses: list[tuple[int, float]], epochs: int) -> np.ndarray:
    """(epochs,) with a number only at the epochs that were looked at."""
    found = np.full(epochs, np.nan)
    for epoch, loss in losses:
        found[epoch - 1] = loss
    return found
