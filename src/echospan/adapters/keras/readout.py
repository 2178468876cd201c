"""A Keras model's last layer in closed form, for every lag from the same features."""

from __future__ import annotations

import threading

import numpy as np

from echospan.adapters.keras.programs import KerasPrograms
from echospan.engine.ridge import readout_places
from echospan.engine.values import TrainState
from echospan.measure import Ridge, RidgeSums
from echospan.memory_tasks.base import MemoryTask, TrainingSpec
from echospan.tasks import absent

PENALTIES = (1e-8, 1e-6, 1e-4, 1e-2, 1.0)

MOST_FEATURES = 32_000_000
"""Features of all steps that a readout is solved on, if few steps are scored."""

RIDGE_STEPS, STEPS_PER_FEATURE = 4096, 16
"""Steps of all sequences together that a readout is solved on: at least this many, and this many
for each feature."""


class KerasReadout:
    """Solves for the last layer. Keeps features, which are the same at every lag of an echo.

    Args:
        programs: Programs of the model.
        task: The task whose targets are fitted.
    """

    def __init__(self, programs: KerasPrograms, task: MemoryTask) -> None:
        self._programs, self._task = programs, task
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, tuple[int, ...], bytes], np.ndarray] = {}

    def solved(self, values: TrainState, spec: TrainingSpec, seed: int) -> TrainState:
        """The values with the last layer fitted; other sequences choose the penalty.

        Args:
            values: Values of this seed, before.
            spec: Lag and length.
            seed: Seed of values and sequences.
        """
        model, task, lag = self._programs.model, self._task, spec.lag
        kernel, bias = readout_places(model)
        number = self._enough(spec, int(model.layers[-1].kernel.shape[0]))
        fitted, unseen = (
            task.evaluation_inputs(lag, seed, part, times=1, number=number)
            for part in ("readout", "validation")
        )
        weights = solve_readout(
            self._features(values, fitted, seed),
            task.targets(fitted, lag),
            self._features(values, unseen, seed),
            task.targets(unseen, lag),
            task.width,
        )
        trainable = list(values.trainable)
        trainable[kernel], trainable[bias] = weights[:-1], weights[-1]
        return values._replace(trainable=[np.asarray(v, "float32") for v in trainable])

    def _enough(self, spec: TrainingSpec, features: int) -> int:
        """Sequences to solve on: enough scored steps, within the limit of memory."""
        task, wanted = self._task, max(RIDGE_STEPS, STEPS_PER_FEATURE * features)
        if task.on_device:
            return wanted // spec.length
        few = task.evaluation_inputs(spec.lag, 0, "readout", times=1, number=32)
        scored = int((~absent(task.targets(few, spec.lag))).sum()) / 32
        most = MOST_FEATURES // (spec.length * features)
        return max(32, min(round(wanted / scored), most))

    def _features(self, values: TrainState, inputs: np.ndarray, seed: int) -> np.ndarray:
        key = (seed, inputs.shape, inputs.tobytes())
        with self._lock:
            if key in self._kept:
                return self._kept[key]
        features = self._programs.features(values, inputs)
        with self._lock:
            # Other tasks have new sequences at every lag; those of an echo come back.
            while sum(kept.size for kept in self._kept.values()) > MOST_FEATURES:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = features
        return features


def solve_readout(
    features: np.ndarray,
    targets: np.ndarray,
    unseen: np.ndarray,
    unseen_targets: np.ndarray,
    symbols: int,
) -> np.ndarray:
    """Weights (features + 1, symbols or 1), the bias last, with the penalty that validates best.

    Args:
        features: (sequences, time, features) to solve on.
        targets: Symbols or numbers (sequences, time); missing if not scored.
        unseen: Features to choose the penalty on.
        unseen_targets: Their targets.
        symbols: Number of distinct symbols; 0 for numbers.
    """
    x, y = _scored(features, targets)
    new, wanted = _scored(unseen, unseen_targets)

    def loss(weights: np.ndarray, offset: np.ndarray) -> float:
        given = new @ weights + offset
        if symbols:
            return float((given.argmax(axis=1) != wanted).mean())
        return float(((given[:, 0] - wanted) ** 2).mean())

    sums = RidgeSums.of(x, np.eye(symbols)[y] if symbols else y[:, None])
    return np.vstack(Ridge.from_sums(sums).best(PENALTIES, loss))


def _scored(features: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scored = ~absent(targets)
    return features[scored].astype(np.float64), targets[scored]
