"""Finished trials of a sheet, one file each in its folder of the store."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.errors import CorruptRun, MissingExtra, StoreError
from echospan.memory_tasks.base import TrainingSpec
from echospan.spans.search.kept import Kept, KeptTrials, TrialKey
from echospan.spans.search.trial import Trial
from echospan.store import LostRun, Run

CURVE, WEIGHTS = "curve", "weights."
_NUMBERS = ("updates", "validation", "falling", "best_loss", "waited", "drops")
"""Fields of a trial that are plain numbers."""


class StoredTrials(KeptTrials):
    """Keeps trials in a stored sheet, and finds them there.

    A trial that cannot be written (the disk is full, say) is measured all the same: one warning
    says that it is not kept.

    Args:
        run: The stored sheet.
        model: Makes weights of arrays again.
    """

    def __init__(self, run: Run, model: TrainableModel) -> None:
        self._run, self._model = run, model
        self._lock = threading.Lock()
        self._told = False
        self._there = frozenset(run.parts())

    def __len__(self) -> int:
        """Trials that were there when it was opened."""
        return len(self._there)

    def lookup(self, key: TrialKey, spec: TrainingSpec) -> Kept | None:
        """Read the trial from its file.

        Raises:
            CorruptRun: The file is damaged, or holds weights of another model.
        """
        name = part_name(key)
        if name not in self._there:
            return None
        arrays, meta = self._run.load_part(name)
        weights = {n.removeprefix(WEIGHTS): v for n, v in arrays.items() if n.startswith(WEIGHTS)}
        try:
            trial = Trial(
                key.lag,
                key.rate,
                key.seed,
                spec,
                weights=self._model.from_arrays(weights, key.seed, key.rate),
                ending=meta["ending"],
                curve=[(int(made), float(a), float(b)) for made, a, b in arrays[CURVE]],
                **{field: meta[field] for field in _NUMBERS},
            )
            return Kept(trial, float(meta["elapsed"]))
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptRun(f"The trial {name} of {self._run.id} is damaged: {error}.") from error

    def keep(self, key: TrialKey, trial: Trial, elapsed: float) -> None:
        """Write the trial; called from the threads of the trials.

        Raises:
            LostRun: Another process took the sheet over.
        """
        try:
            weights = self._model.to_arrays(trial.weights)
        except NotImplementedError:
            return
        arrays = {f"{WEIGHTS}{name}": value for name, value in weights.items()}
        arrays[CURVE] = np.array(trial.curve, "float64").reshape(-1, 3)
        meta: dict[str, Any] = {field: getattr(trial, field) for field in _NUMBERS}
        try:
            self._run.save_part(
                part_name(key), arrays, {**meta, "ending": trial.ending, "elapsed": elapsed}
            )
        except LostRun:
            raise
        except (StoreError, MissingExtra) as problem:
            with self._lock:
                told, self._told = self._told, True
            if not told:
                warnings.warn(f"A finished trial is not kept: {problem}", stacklevel=2)


def part_name(key: TrialKey) -> str:
    """Name of a trial's file: ``lag-7-0.003-0-4000`` for lag, rate, seed and updates."""
    return f"lag-{key.lag}-{key.rate!r}-{key.seed}-{key.updates}"
