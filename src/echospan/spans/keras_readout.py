"""A Keras model's last layer, solved for in closed form at every lag."""

from __future__ import annotations

import threading

import numpy as np

from echospan.engine.values import TrainState
from echospan.spans.keras_programs import KerasPrograms
from echospan.spans.question import Question
from echospan.spans.readout import readout_places, solve_readout
from echospan.spans.subject import Lesson
from echospan.tasks import absent

MOST_FEATURES = 32_000_000
"""Features of all steps that a readout is solved on, where few steps are scored."""

RIDGE_STEPS, STEPS_PER_FEATURE = 4096, 16
"""Steps that a readout is solved on in all sequences together: at least so many, and so many for
each of its features."""


class KerasReadout:
    """Solves for the last layer; remembers what it hears, which is the same at every lag.

    Args:
        programs: Of the model.
        question: What is asked.
    """

    def __init__(self, programs: KerasPrograms, question: Question) -> None:
        self._programs, self._question = programs, question
        self._lock = threading.Lock()
        self._heard: dict[tuple[int, tuple[int, ...], bytes], np.ndarray] = {}

    def solved(self, values: TrainState, lesson: Lesson, seed: int) -> TrainState:
        """The values with the last layer solved for on new sequences; others choose the penalty.

        Args:
            values: Of this seed, before.
            lesson: Distance and length.
            seed: Of values and sequences.
        """
        model, question, lag = self._programs.model, self._question, lesson.lag
        kernel, bias = readout_places(model)
        number = self._enough(lesson, int(model.layers[-1].kernel.shape[0]))
        heard, unseen = (
            question.heard(lag, seed, part, times=1, number=number)
            for part in ("readout", "validation")
        )
        found = solve_readout(
            self._features(values, heard, seed),
            question.targets(heard, lag),
            self._features(values, unseen, seed),
            question.targets(unseen, lag),
            question.width,
        )
        trainable = list(values.trainable)
        trainable[kernel], trainable[bias] = found[:-1], found[-1]
        return values._replace(trainable=[np.asarray(v, "float32") for v in trainable])

    def _enough(self, lesson: Lesson, features: int) -> int:
        """Sequences to solve on: as many answers as it takes, in as much memory as there may be."""
        question, wanted = self._question, max(RIDGE_STEPS, STEPS_PER_FEATURE * features)
        if question.on_device:
            return wanted // lesson.length
        few = question.heard(lesson.lag, 0, "readout", times=1, number=32)
        asked = int((~absent(question.targets(few, lesson.lag))).sum()) / 32
        most = MOST_FEATURES // (lesson.length * features)
        return max(32, min(round(wanted / asked), most))

    def _features(self, values: TrainState, heard: np.ndarray, seed: int) -> np.ndarray:
        place = (seed, heard.shape, heard.tobytes())
        with self._lock:
            if place in self._heard:
                return self._heard[place]
        found = self._programs.features(values, heard)
        with self._lock:
            # Distances of a task have sequences of their own; those of an echo come back.
            while sum(held.size for held in self._heard.values()) > MOST_FEATURES:
                self._heard.pop(next(iter(self._heard)))
            self._heard[place] = found
        return found
