"""Any task as a `MemoryTask`, by way of its `at_distance`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from echospan.errors import ConfigError
from echospan.measure import Interval, squared_error
from echospan.memory_tasks.base import PARTS, Example, MemoryTask, Score, TrainingSpec
from echospan.memory_tasks.echo import LARGEST
from echospan.random import NumpyDraw
from echospan.tasks import NumberTask, Task, absent
from echospan.tasks.base import Part

ANSWERS = 512
"""Fewest scored steps in one measurement."""

SEQUENCES = 32
SHORTEST = 16


class DistanceTask(MemoryTask):
    """A task of `echospan.tasks`, or of another package, at any lag.

    The lag is what the task's own `at_distance` takes. Sequences are drawn outside the compiled
    program and padded at the end with unscored steps, so that lags of nearly the same length share
    a program. A causal model can't tell.

    Args:
        task: The task with all its settings; only its distance changes.
        largest: Lag at which the search ends; by default see `memory_task_of`.
        lags: Lags that will be used, if they are known; else any up to `largest`.
    """

    def __init__(self, task: Task, largest: int | None, lags: Sequence[int] | None) -> None:
        self._task = task
        self.at = lru_cache(maxsize=None)(task.at_distance)
        self.smallest = self._smallest()
        if lags is not None:
            for lag in lags:
                self.at(lag)
            self.largest = max(lags)
        elif largest is None:
            self.largest = self._most(LARGEST, task.width)
        else:
            self.largest = self._most(largest, None)
        if lags is None and self.largest < self.smallest:
            raise ConfigError(
                "largest", f"at least {self.smallest} for task {task.kind!r}", largest
            )
        widest = self.at(self.largest)
        self.name, self.width, self.features = task.kind, widest.width, widest.features
        self.symbols = getattr(widest, "symbols", widest.width or None)
        self.difficulty_name = _difficulty_name(task)
        name = self.difficulty_name
        setting = "" if name == "lag" else f"the lag is its {name}, and "
        self.notes = (
            f"Task {task.kind}: {setting}evaluation sequences are as long as in training. Bits per "
            "prediction, probes of the state, longer sequences, distractors and the delay-line "
            "reference need the echo task and are left out.",
        )

    def training_length(self, lag: int) -> int:
        """The task's steps, rounded up to 2^k or 3 * 2^k."""
        steps = self.at(lag).steps
        power = 1 << (steps - 1).bit_length()
        return max(SHORTEST, power * 3 // 4 if steps <= power * 3 // 4 else power)

    def sample(self, lag: int, generator: np.random.Generator, number: int) -> np.ndarray:
        """Padded sequences of the task."""
        return self._padded(lag, generator, number, "train")

    def program_inputs(self, spec: TrainingSpec, number: int, seed: int, piece: int) -> Any:
        """The sequences themselves."""
        generator = np.random.default_rng([seed, PARTS["train"], spec.lag, piece])
        inputs = self.sample(spec.lag, generator, number)
        return inputs, self.targets(inputs, spec.lag)

    def sample_batch(self, arrays: Any, key: Any, number: int, length: int) -> tuple[Any, Any]:
        """The sequences, as they were drawn before."""
        inputs, targets = arrays
        return inputs, targets

    def evaluation_inputs(
        self, lag: int, seed: int, part: str, *, times: int | None = None, number: int = 0
    ) -> np.ndarray:
        """New sequences, enough for `ANSWERS` scored steps."""
        if not number:
            few = self.evaluation_inputs(lag, seed, part, number=SEQUENCES)
            scored = int((~absent(self.targets(few, lag))).sum())
            number = SEQUENCES * max(1, math.ceil(ANSWERS / max(scored, 1)))
        generator = np.random.default_rng([seed, PARTS[part], lag, number])
        return self._padded(lag, generator, number, "evaluation")

    def targets(self, inputs: np.ndarray, lag: int) -> np.ndarray:
        """The task's targets; the padding has none."""
        task = self.at(lag)
        targets = self.no_targets(inputs.shape[:2])
        targets[:, : task.steps] = task.targets(inputs[:, : task.steps])
        return targets

    def chance(self, lag: int) -> float:
        """The task's chance; R2 of the best constant is 0."""
        task = self.at(lag)
        return 0.0 if isinstance(task, NumberTask) else task.chance

    def chance_loss(self, lag: int) -> float:
        """Loss of a guess among the possible targets; for numbers, of the best constant."""
        task = self.at(lag)
        return task.chance_error if isinstance(task, NumberTask) else -math.log(task.chance)

    def ceiling(self, lag: int) -> float:
        """The task's ceiling."""
        return self.at(lag).ceiling

    def bits(self, lag: int) -> float | None:
        """The task's bits."""
        return self.at(lag).bits

    def min_reach(self, lag: int) -> int:
        """The task's reach; else half the lag, beyond which some of the needed inputs lie."""
        reach = self.at(lag).reach
        return max(1, lag // 2) if reach is None else reach

    def example(self, lag: int, seed: int) -> Example:
        """The task's last step is scored."""
        inputs = self.evaluation_inputs(lag, seed, "check", number=SEQUENCES)
        end = self.at(lag).steps - 1
        last = self.targets(inputs, lag)[:, end]
        targets = self.no_targets(inputs.shape[:2])
        targets[:, end] = np.where(absent(last), 0, last)
        return Example(inputs, targets, 0, end)

    def score(
        self, targets: np.ndarray, predicted: np.ndarray, lag: int, confidence: float
    ) -> Score:
        """Accuracy; for numbers, R2 against the best constant."""
        task = self.at(lag)
        if not isinstance(task, NumberTask):
            return super().score(targets, predicted, lag, confidence)
        errors = squared_error(targets, predicted, confidence)
        share, high, low = (
            1 - error / task.chance_error
            for error in (errors.mean, errors.interval.low, errors.interval.high)
        )
        return Score(share, Interval(low, high), errors.scored)

    def _padded(
        self, lag: int, generator: np.random.Generator, number: int, part: Part
    ) -> np.ndarray:
        task = self.at(lag)
        values: np.ndarray = task.draw(NumpyDraw(generator), number, task.arrays(), part)
        more = self.training_length(lag) - task.steps
        return np.pad(values, [(0, 0), (0, more)] + [(0, 0)] * (values.ndim - 2))

    def _smallest(self) -> int:
        """The smallest lag at which the task exists."""
        for lag in range(1, self._task.distance + 1):
            if self._valid(lag):
                return lag
        raise ConfigError(
            "task",
            f"a task that exists at its own distance ({self._task.distance})",
            self._task.kind,
            "Its `at_distance` refuses this and every smaller distance.",
        )

    def _valid(self, lag: int) -> bool:
        try:
            self.at(lag)
        except ConfigError:
            return False
        return True

    def _most(self, largest: int, width: int | None) -> int:
        """The largest lag up to `largest`, with an alphabet of at most that width."""
        low, high = self.smallest - 1, largest
        while low < high:
            middle = (low + high + 1) // 2
            fits = self._valid(middle) and (width is None or self.at(middle).width <= width)
            low, high = (middle, high) if fits else (low, middle - 1)
        return low


def _difficulty_name(task: Task) -> str:
    """The setting that the distance sets: the first one that changes with it."""
    here = task.distance
    for name in type(task).model_fields:
        if getattr(task, name) == here and name != "kind":
            other = task.at_distance(here - 1 if here > 2 else here + 1)
            if getattr(other, name) == other.distance:
                return name
    return "distance"
