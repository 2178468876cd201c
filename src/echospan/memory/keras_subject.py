"""A Keras model as a subject: trained by the compiled engine, one program for many lags."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from echospan.engine.carried import carriers, carrying, is_stateful
from echospan.engine.stepwise import check_streams
from echospan.engine.streaming import state_size as count_state
from echospan.engine.trainer import Program, Progress, Trainer, zero_states
from echospan.engine.update import forward
from echospan.engine.values import Values, copy, mapping, read
from echospan.errors import ConfigError
from echospan.experiment import ResetState
from echospan.memory.lesson_source import LessonSource
from echospan.memory.question import Question
from echospan.memory.readout import readout_places, solve_readout
from echospan.memory.subject import PIECE, Curve, Lesson, Streamed, Subject
from echospan.memory.views import SEQUENCE, View, Window
from echospan.models import Learns
from echospan.models.inputs import Input, Numbers, OneHot
from echospan.models.readout import Readout
from echospan.random import stream
from echospan.tasks import absent

if TYPE_CHECKING:
    import keras

CHUNK = 64
"""Steps that one call of the streaming program takes; every measured length is a multiple."""

MOST_FEATURES = 32_000_000
"""Features of all steps that a readout is solved on, where few steps are scored."""

RIDGE_STEPS, STEPS_PER_FEATURE = 4096, 16
"""Steps that a readout is solved on in all sequences together: at least so many, and so many for
each of its features."""

MOST_STATE = 1024
"""Numbers in a state beyond which it is not given out step by step."""


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
        self._programs: dict[Any, Any] = {}
        self._heard: dict[Any, np.ndarray] = {}
        self._starts: dict[int, Values] = {}
        self._trainers: dict[tuple[int, int], Program] = {}
        self._rows, self._view = rows, view
        self._one_step = self.carries_between_updates = one_step
        self.gives_probabilities = readout.probabilities
        self.model = self._made(0)
        self.parameters = sum(int(np.prod(v.shape)) for v in self.model.trainable_variables)
        self.learns = learns or ("gradient" if self.parameters else "nothing")
        self._streams = one_step or _can_stream(self.model)
        counted = self._streams and not isinstance(view, Window)
        self.state_size = count_state(self.model) if counted else state_size
        self.receptive_field = receptive_field
        if isinstance(view, Window):
            self.receptive_field = view.size
            self.forgets_between_steps = view.size == 1

    def start(self, seed: int, rate: float) -> Values:
        """Initial values of a seed; the model is built once for each."""
        with self._lock:
            if seed not in self._starts:
                model = self._made(seed) if seed else self.model
                # States for as many rows as training has, whatever the model was built for.
                with carrying(model, self._rows):
                    self._starts[seed] = read(model)
            return self._with_rate(copy(self._starts[seed]), lambda old: old * 0 + rate)

    def train(
        self, weights: Values, lesson: Lesson, seed: int, first: int, updates: int
    ) -> tuple[Values, Curve]:
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

    def fit_readout(self, lesson: Lesson, seed: int) -> Values:
        """Solve for the last layer on new sequences; others choose the penalty."""
        values = self.start(seed, 0.001)
        kernel, bias = readout_places(self.model)
        features = int(self.model.layers[-1].kernel.shape[0])
        question, lag = self.question, lesson.lag
        number = self._enough(lesson, features)
        heard, unseen = (
            question.heard(lag, seed, part, times=1, number=number)
            for part in ("readout", "validation")
        )
        solved = solve_readout(
            self._features(values, heard, seed),
            question.targets(heard, lag),
            self._features(values, unseen, seed),
            question.targets(unseen, lag),
            self.symbols,
        )
        trainable = list(values.trainable)
        trainable[kernel], trainable[bias] = solved[:-1], solved[-1]
        return values._replace(trainable=[np.asarray(v, "float32") for v in trainable])

    def _enough(self, lesson: Lesson, features: int) -> int:
        """Sequences to solve on: as many answers as it takes, in as much memory as there may be."""
        question, wanted = self.question, max(RIDGE_STEPS, STEPS_PER_FEATURE * features)
        if question.on_device:
            return wanted // lesson.length
        few = question.heard(lesson.lag, 0, "readout", times=1, number=32)
        asked = int((~absent(question.targets(few, lesson.lag))).sum()) / 32
        most = MOST_FEATURES // (lesson.length * features)
        return max(32, min(round(wanted / asked), most))

    def _features(self, values: Values, symbols: np.ndarray, seed: int) -> np.ndarray:
        """What the last layer hears, (sequences, time, features); the same for every lag."""
        place = (seed, symbols.shape, symbols.tobytes())
        with self._lock:
            if place in self._heard:
                return self._heard[place]
        weights = self._only_needed(values, len(symbols))
        program = self._program(
            ("features", symbols.shape), lambda: self._before, (weights, symbols), len(symbols)
        )
        found = np.asarray(program(weights, symbols))
        with self._lock:
            # Distances of a task have sequences of their own; those of an echo come back.
            while sum(held.size for held in self._heard.values()) > MOST_FEATURES:
                self._heard.pop(next(iter(self._heard)))
            self._heard[place] = found
        return found

    def _before(self, values: Values, symbols: Any) -> Any:
        import jax.numpy as jnp
        import keras

        inner = keras.Model(self.model.inputs, self.model.layers[-1].input)
        x = self._inputs.encode(self._view.inputs(symbols, jnp), self.symbols, jnp)
        with keras.StatelessScope(mapping(self.model, values)):
            return inner(x, training=False)

    def at_rate(self, weights: Values, factor: float) -> Values:
        """The optimizer's learning rate is one of its values."""
        return self._with_rate(weights, lambda old: old * factor)

    def _with_rate(self, weights: Values, change: Callable[[Any], Any]) -> Values:
        names = [variable.name for variable in self.model.optimizer.variables]
        place, optimizer = names.index("learning_rate"), list(weights.optimizer)
        optimizer[place] = change(optimizer[place])
        return weights._replace(optimizer=optimizer)

    def keep(self, weights: Values) -> Values:
        """A copy."""
        return copy(weights)

    def scores(self, weights: Values, symbols: np.ndarray) -> np.ndarray:
        """Whole sequences in one forward pass, from an empty state."""
        if self._one_step:
            streamed = self.stream(weights, symbols)
            assert streamed is not None
            return streamed.scores
        weights = self._only_needed(weights, len(symbols))
        program = self._program(
            ("whole", symbols.shape), lambda: self._whole, (weights, symbols), len(symbols)
        )
        return np.asarray(program(weights, symbols))

    def stream(self, weights: Values, symbols: np.ndarray) -> Streamed | None:
        """One step at a time, every layer that can carrying its state."""
        if isinstance(self._view, Window):
            # The last inputs are all that it is given, whole or step by step.
            return Streamed(self.scores(weights, symbols), None)
        if not self._streams:
            return None
        rows, length = symbols.shape[:2]
        every = not self._one_step
        weights = self._only_needed(weights, rows, every_layer=every)
        scores, states = [], []
        for begin in range(0, length, CHUNK):
            part = symbols[:, begin : begin + CHUNK]
            program = self._program(
                ("stream", part.shape), lambda: self._steps, (weights, part), rows, every
            )
            given, held, weights = program(weights, part)
            scores.append(np.asarray(given))
            states.append(np.asarray(held))
        held = np.concatenate(states, axis=1)
        return Streamed(np.concatenate(scores, axis=1), held if held.shape[-1] else None)

    def gradient(
        self, weights: Values, symbols: np.ndarray, targets: np.ndarray
    ) -> np.ndarray | None:
        """By the chain rule through the whole sequence, as in training."""
        if not isinstance(self._inputs, OneHot | Numbers) or self._one_step:
            return None
        if isinstance(self._view, Window):
            return None
        weights = self._only_needed(weights, len(symbols))
        arguments = (weights, symbols, targets)
        program = self._program(
            ("gradient", symbols.shape), lambda: self._input_gradient, arguments, len(symbols)
        )
        return np.asarray(program(*arguments))

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
            model._symbolic_build(data_batch=tuple(source.batch((heard, asked))))
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
        self, lesson: Lesson, updates: int, values: Values, seed: int, piece: int
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

    def _program(
        self, key: Any, function: Callable[[], Any], arguments: Any, rows: int, every: bool = False
    ) -> Any:
        import jax

        with self._lock:
            if key not in self._programs:
                with carrying(self.model, rows, every_layer=every):
                    self._programs[key] = jax.jit(function()).lower(*arguments).compile()
            return self._programs[key]

    def _only_needed(self, weights: Values, rows: int, every_layer: bool = False) -> Values:
        """Without what only training needs, and with an empty state of so many rows."""
        import jax.numpy as jnp

        states: list[Any] = []
        if every_layer or is_stateful(self.model):
            with self._lock, carrying(self.model, rows, every_layer=every_layer) as fresh:
                states = [jnp.zeros(v.shape, v.dtype) for v in fresh]
        return weights._replace(optimizer=[], metrics=[], states=states)

    def _whole(self, values: Values, symbols: Any) -> Any:
        import jax.numpy as jnp

        x = self._inputs.encode(self._view.inputs(symbols, jnp), self.symbols, jnp)
        outputs, _ = forward(self.model, values, x)
        return self._view.outputs(outputs, *symbols.shape[:2])

    def _steps(self, values: Values, symbols: Any) -> Any:
        import jax
        import jax.numpy as jnp

        rows = symbols.shape[0]

        def step(values: Values, now: Any) -> Any:
            x = self._inputs.encode(now[:, None], self.symbols, jnp)
            outputs, values = forward(self.model, values, x)
            shown = (self.state_size or 0) <= MOST_STATE
            held = [state.reshape(rows, -1) for state in values.states if shown]
            empty = jnp.zeros((rows, 0))
            return values, (outputs.reshape(rows, -1), jnp.concatenate([*held, empty], axis=1))

        values, (scores, states) = jax.lax.scan(step, values, jnp.swapaxes(symbols, 0, 1))
        return jnp.swapaxes(scores, 0, 1), jnp.swapaxes(states, 0, 1), values

    def _input_gradient(self, values: Values, symbols: Any, targets: Any) -> Any:
        import jax
        import jax.numpy as jnp

        wanted = self._view.targets(targets, jnp)
        unscored = absent(wanted)
        labels = self._readout.targets(jnp.where(unscored, 0, wanted), self.symbols, jnp)
        weight = (~unscored).astype("float32")

        def loss(x: Any) -> Any:
            outputs, _ = forward(self.model, zero_states(values), x)
            return self._readout.loss()(labels, outputs, sample_weight=weight)

        x = self._inputs.encode(self._view.inputs(symbols, jnp), self.symbols, jnp)
        return jnp.sqrt(jnp.sum(jax.grad(loss)(x) ** 2, axis=-1))


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
