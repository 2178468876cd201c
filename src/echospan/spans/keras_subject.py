"""A Keras model as a subject: trained by the compiled engine, one program for many lags."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from echospan.engine import keras_internals as internals
from echospan.engine.carried import carriers, carrying
from echospan.engine.stepwise import check_streams
from echospan.engine.streaming import state_size as count_state
from echospan.engine.trainer import Program, Progress, Trainer
from echospan.engine.values import TrainState, copy, read
from echospan.errors import ConfigError
from echospan.experiment import ResetState
from echospan.models import Learns
from echospan.models.inputs import Input, Numbers, OneHot
from echospan.models.readout import Readout
from echospan.random import stream
from echospan.spans.keras_programs import MOST_STATE, KerasPrograms
from echospan.spans.keras_readout import KerasReadout
from echospan.spans.lesson_source import LessonSource
from echospan.spans.question import Question
from echospan.spans.subject import PIECE, Curve, Lesson, Streamed, Subject
from echospan.spans.views import SEQUENCE, View, Window

if TYPE_CHECKING:
    import keras


class KerasSubject(Subject):
    """A Keras model that answers every step: (batch, time, K) or (batch, time) -> (batch, time, K).

    Args:
        name: What it is called.
        symbols: Number of distinct symbols K.
        build: A new model with the weights of a seed.
        inputs: How symbols are given to it.
        readout: How its answers are scored.
        rows: Sequences in one update.
        learns: How it is trained; left out, "nothing" for a model without trainable weights.
        state_size: Numbers that it carries, where that cannot be counted in its layers.
        receptive_field: As declared by the model.
        notes: For the reader.
        view: How sequences are laid out for it.
        one_step: Train it one step at a time, its stateful layers carrying their state.
        question: What it is asked; left out, the echo of its symbols.
    """

    framework: ClassVar[str] = "keras"

    def __init__(
        self,
        name: str,
        symbols: int,
        build: Callable[[int], keras.Model],
        inputs: Input,
        readout: Readout,
        *,
        rows: int = 16,
        learns: Learns | None = None,
        state_size: int | None = None,
        receptive_field: int | None = None,
        notes: tuple[str, ...] = (),
        view: View = SEQUENCE,
        one_step: bool = False,
        question: Question | None = None,
    ) -> None:
        self.asked = question
        self.name, self.symbols, self.notes = name, symbols, notes
        self._build, self._inputs, self._readout = build, inputs, readout
        self._lock = threading.RLock()
        self._starts: dict[int, TrainState] = {}
        self._trainers: dict[tuple[int, int], Program] = {}
        self._rows, self._view = rows, view
        self._one_step = self.carries_between_updates = one_step
        self.gives_probabilities = readout.probabilities
        self.model = self._made(0)
        self._programs = KerasPrograms(self.model, symbols, inputs, readout, view, self._lock)
        self._last_layer = KerasReadout(self._programs, self.question)
        self.parameters = sum(int(np.prod(v.shape)) for v in self.model.trainable_variables)
        self.learns = learns or ("gradient" if self.parameters else "nothing")
        self._streams = one_step or _can_stream(self.model)
        counted = self._streams and not isinstance(view, Window)
        self.state_size = count_state(self.model) if counted else state_size
        self.receptive_field = receptive_field
        if isinstance(view, Window):
            self.receptive_field = view.size
            self.forgets_between_steps = view.size == 1

    def start(self, seed: int, rate: float) -> TrainState:
        """Initial values of a seed; the model is built once for each."""
        with self._lock:
            if seed not in self._starts:
                model = self._made(seed) if seed else self.model
                # States for as many rows as training has, whatever the model was built for.
                with carrying(model, self._rows):
                    self._starts[seed] = read(model)
            return self._with_rate(copy(self._starts[seed]), lambda old: old * 0 + rate)

    def train(
        self, weights: TrainState, lesson: Lesson, seed: int, first: int, updates: int
    ) -> tuple[TrainState, Curve]:
        """Train on. For a one-step model an update stands for one pass over a sequence."""
        each = 1 if self._one_step else PIECE
        logs: dict[str, list[np.ndarray]] = {}

        def note(progress: Progress) -> None:
            for name, values in progress.logs.items():
                logs.setdefault(name, []).append(values)

        # What is drawn before the program runs is new for each of its calls.
        at_once = updates if self.question.on_device else each
        for begin in range(first, first + updates, at_once):
            trainer = self._trainer(lesson, each, weights, seed, begin // each)
            weights = trainer.run(
                weights,
                stream(seed, "data"),
                first_epoch=begin // each,
                epochs=(begin + at_once) // each,
                epochs_per_call=at_once // each,
                on_progress=note,
            )
        loss = np.concatenate(logs["loss"])
        if "accuracy" in logs:
            return weights, Curve(loss, np.concatenate(logs["accuracy"]))
        return weights, Curve(loss, 1 - loss / self.question.chance_loss(lesson.lag))

    def fit_readout(self, lesson: Lesson, seed: int) -> TrainState:
        """The last layer in closed form."""
        return self._last_layer.solved(self.start(seed, 0.001), lesson, seed)

    def at_rate(self, weights: TrainState, factor: float) -> TrainState:
        """The optimizer's learning rate is one of its values."""
        return self._with_rate(weights, lambda old: old * factor)

    def _with_rate(self, weights: TrainState, change: Callable[[Any], Any]) -> TrainState:
        names = [variable.name for variable in self.model.optimizer.variables]
        place, optimizer = names.index("learning_rate"), list(weights.optimizer)
        optimizer[place] = change(optimizer[place])
        return weights._replace(optimizer=optimizer)

    def keep(self, weights: TrainState) -> TrainState:
        """A copy."""
        return copy(weights)

    def scores(self, weights: TrainState, symbols: np.ndarray) -> np.ndarray:
        """Whole sequences in one forward pass, from an empty state."""
        if self._one_step:
            streamed = self.stream(weights, symbols)
            assert streamed is not None
            return streamed.scores
        return self._programs.whole(weights, symbols)

    def stream(self, weights: TrainState, symbols: np.ndarray) -> Streamed | None:
        """One step at a time, every layer that can carrying its state."""
        if isinstance(self._view, Window):
            # The last inputs are all that it is given, whole or step by step.
            return Streamed(self.scores(weights, symbols), None)
        if not self._streams:
            return None
        shown = (self.state_size or 0) <= MOST_STATE
        scores, held = self._programs.steps(weights, symbols, every=not self._one_step, shown=shown)
        return Streamed(scores, held if held.shape[-1] else None)

    def gradient(
        self, weights: TrainState, symbols: np.ndarray, targets: np.ndarray
    ) -> np.ndarray | None:
        """By the chain rule through the whole sequence, as in training."""
        if not isinstance(self._inputs, OneHot | Numbers) or self._one_step:
            return None
        if isinstance(self._view, Window):
            return None
        return self._programs.gradient(weights, symbols, targets)

    def _made(self, seed: int) -> keras.Model:
        import keras

        model = self._build(seed)
        optimizer = keras.optimizers.Adam(global_clipnorm=1.0)
        model.compile(optimizer, self._readout.loss(), weighted_metrics=self._readout.metrics())
        length = 1 if self._one_step else 16
        source = self._source(Lesson(0, length, self._rows), 1)
        heard = self.question.noise(length, 0, "train", self._rows)
        asked = self.question.first(heard)
        with carrying(model, self._rows):
            internals.build(model, tuple(source.batch((heard, asked))))
        return model

    def _source(self, lesson: Lesson, updates: int, seed: int = 0, piece: int = 0) -> LessonSource:
        return LessonSource(
            lesson,
            self.question,
            self._inputs,
            self._readout,
            updates,
            self._view,
            self._one_step,
            seed,
            piece,
        )

    def _trainer(
        self, lesson: Lesson, updates: int, values: TrainState, seed: int, piece: int
    ) -> Trainer:
        key = (lesson.length, updates)
        reset: ResetState = "epoch" if self._one_step else "batch"
        with self._lock:
            source = self._source(lesson, updates, seed, piece)
            trainer = Trainer(self.model, source, reset, self._trainers.get(key))
            with carrying(self.model, self._rows):
                trainer.compile(values)
            assert trainer.program is not None
            self._trainers[key] = trainer.program
        return trainer


def _can_stream(model: keras.Model) -> bool:
    """Whether it has layers that carry a state, and all others answer one step at a time.

    Without any such layer it is memoryless, or remembers in a way that Keras does not show: a shift
    by plain operations, a loop inside of `call`. Neither can be asked step by step.
    """
    if not carriers(model):
        return False
    try:
        check_streams(model)
    except ConfigError:
        return False
    return True
