"""Train one experiment inside a stored run, so that nothing done is ever lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.engine.fleet import Member, Validation
from echospan.engine.trainer import Progress
from echospan.engine.values import TrainState, by_name, from_arrays, names
from echospan.experiment import Experiment
from echospan.observer import Observer, Stopped
from echospan.random import stream
from echospan.store import Run

SECONDS_BETWEEN_CHECKPOINTS = 2.0


@dataclass
class TrainingResult:
    """A trained experiment.

    Attributes:
        values: The values of the model's variables.
        history: Arrays (epochs,) by name.
        epochs: Epochs that were run; fewer than asked where patience ended the training.
        seconds: Of training, without compilation, all sessions of a resumed run together.
    """

    values: TrainState
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

    @property
    def spent(self) -> bool:
        """Whether it is time to stop."""
        return self.allowed is not None and self.waited >= self.allowed

    def note(self, epoch: int, loss: float) -> None:
        """Note a validation loss."""
        self.losses.append((epoch, loss))
        self.waited = 0 if loss < self.best else self.waited + 1
        self.best = min(loss, self.best)


class StoredTraining:
    """The training of one stored run: from its start, or from its checkpoint on.

    A run that was killed and resumed has the same values as one that was not: every epoch has a
    stream of its own, and the checkpoint holds everything that an update changes.

    Attributes:
        member: The run as a member of a fleet, which trains it.
        observer: Receives its progress.
    """

    def __init__(
        self,
        experiment: Experiment,
        compiled: CompiledExperiment,
        run: Run,
        *,
        observer: Observer,
        stop: Callable[[], bool],
        label: str,
    ) -> None:
        training = experiment.training
        self._every = training.validate_every
        self._run = run
        # Asked here: while it trains, the model may be traced in another thread.
        self._names = names(compiled.model)
        self.observer, self._stop, self._label = observer, stop, label
        learns = experiment.model.learns
        self._done, self._epochs = 0, training.epochs if learns == "gradient" else 0
        self._update = 0
        self._before = self._began = self._saved = self._ended = 0.0
        self._patience = Patience(training.patience)
        self._pieces: list[dict[str, np.ndarray]] = []
        values = compiled.start(experiment, stop)
        if learns == "ridge":
            began = time.perf_counter()
            values = compiled.fit_readout(values, experiment, stop)
            self._before = time.perf_counter() - began
        if (checkpoint := run.load_checkpoint()) is not None:
            arrays, meta = checkpoint
            values = from_arrays(compiled.model, values, arrays)
            self._done, self._before = meta["epoch"], meta["seconds"]
            # Checkpoints of earlier versions stand between epochs.
            self._update = meta.get("update", 0)
            self._patience = Patience(
                training.patience, meta["best"], meta["waited"], meta["losses"]
            )
            self._pieces = [_history(arrays)]
        watched = training.patience is not None
        validation = Validation(compiled.validator, stream(experiment.seed, "validation"), stop)
        self.member = Member(
            compiled.trainer,
            values,
            stream(experiment.seed, "data"),
            # Where patience has run out already, nothing is left to do.
            epochs=self._done if self._patience.spent else self._epochs,
            first_epoch=self._done,
            first_update=self._update,
            epochs_per_call=training.validate_every if watched else None,
            validation=validation if watched else None,
            on_begin=self._begin,
            on_progress=self._on_progress,
            on_pause=self._on_pause,
            stop=stop,
        )

    def end(self, values: TrainState) -> TrainingResult:
        """What came of it.

        Raises:
            Stopped: It was asked to stop before its end; the checkpoint is stored.
        """
        if self._done < self._epochs and not self._patience.spent:
            raise Stopped(self._run.id)
        if self._epochs == 0:
            return TrainingResult(values, {}, 0, self._before)
        epochs = np.arange(1, self._done + 1, dtype=np.float64)
        history = {"epoch": epochs, **_join(self._pieces)}
        if self._patience.losses:
            history["val_loss"] = _spread(self._patience.losses, self._done)
        return TrainingResult(values, history, self._done, self._seconds)

    def keep(self, values: TrainState) -> None:
        """Store where training ended, for a run that is stopped before it is judged."""
        if self._epochs:
            self._save(values)

    def _begin(self) -> None:
        if self._done < self.member.epochs:
            self.observer.begin(self._label, self._epochs, self._done)
        self._began = self._saved = self._ended = time.perf_counter()

    def _on_pause(self, progress: Progress) -> bool:
        self._done, self._update = progress.epoch, progress.update
        stopping = self._stop()
        if stopping or self._is_time_to_save:
            self._save(progress.values, progress.logs)
        self._ended = time.perf_counter()
        if stopping:
            self.observer.end()
        return stopping

    @property
    def _is_time_to_save(self) -> bool:
        return time.perf_counter() - self._saved > SECONDS_BETWEEN_CHECKPOINTS

    def _on_progress(self, progress: Progress) -> bool:
        self._done, self._update = progress.epoch, 0
        self._pieces.append(progress.logs)
        last = {name: float(log[-1]) for name, log in progress.logs.items()}
        self.observer.progress(self._done, last)
        if progress.answers is not None and self._done % self._every == 0:
            self._patience.note(self._done, float(np.mean(progress.answers.loss)))
        stopping = self._stop()
        if stopping or self._is_time_to_save:
            self._save(progress.values)
        self._ended = time.perf_counter()
        if self._done == self._epochs or self._patience.spent or stopping:
            self.observer.end()
            return True
        return False

    @property
    def _seconds(self) -> float:
        return self._before + self._ended - self._began

    def _save(self, values: TrainState, logs: dict[str, np.ndarray] | None = None) -> None:
        arrays = by_name(self._names, values)
        history = _join([*self._pieces, logs] if logs else self._pieces)
        arrays |= {f"history.{name}": part for name, part in history.items()}
        self._run.save_checkpoint(
            arrays,
            {
                "epoch": self._done,
                "update": self._update,
                "seconds": self._before + time.perf_counter() - self._began,
                "best": self._patience.best,
                "waited": self._patience.waited,
                "losses": self._patience.losses,
            },
        )
        self._saved = time.perf_counter()


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
    column = np.full(epochs, np.nan)
    for epoch, loss in losses:
        column[epoch - 1] = loss
    return column
