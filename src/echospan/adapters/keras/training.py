"""A Keras model that the span trains: by the compiled engine, one program for many lags."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from echospan.adapters.base import Adapter
from echospan.adapters.keras.infer_io import ModelInterface
from echospan.adapters.keras.layouts import SlidingWindow
from echospan.adapters.keras.programs import MOST_STATE, KerasPrograms
from echospan.adapters.keras.readout import KerasReadout
from echospan.adapters.keras.sequences import SequenceSource
from echospan.adapters.signals import Structure
from echospan.adapters.trainable import PIECE, Curve, Streamed, TrainableModel, fit_in
from echospan.engine import keras_internals as internals
from echospan.engine.carried import carriers, carrying
from echospan.engine.stepwise import check_streams
from echospan.engine.streaming import state_size as count_state
from echospan.engine.trainer import Program, Progress, Trainer
from echospan.engine.values import TrainState, copy, mapping, read
from echospan.engine.waiting import drawing
from echospan.errors import ConfigError
from echospan.experiment import ResetState
from echospan.memory_tasks.base import MemoryTask, TrainingSpec
from echospan.models import Learns
from echospan.models.inputs import Numbers, OneHot
from echospan.observer import halt_if_late
from echospan.random import stream

if TYPE_CHECKING:
    import keras


class TrainableKerasModel(TrainableModel):
    """A Keras model (batch, time, K) or (batch, time) -> (batch, time, K).

    Args:
        name: Name of the model.
        task: The task it is trained on.
        build: Makes a new model with the weights of a seed.
        interface: How the model takes inputs and gives outputs.
        batch_size: Sequences in one update.
        learns: How it is trained; by default "nothing" for a model without trainable weights, else
            "gradient".
        receptive_field: Receptive field that the model declares.
        notes: Notes for the reader, before those of the interface.
    """

    framework: ClassVar[str] = "keras"

    def __init__(
        self,
        name: str,
        task: MemoryTask,
        build: Callable[[int], keras.Model],
        interface: ModelInterface,
        *,
        batch_size: int = 16,
        learns: Learns | None = None,
        receptive_field: int | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.name, self.task, self.notes = name, task, (*notes, *interface.notes)
        self._build, self._interface, self._batch_size = build, interface, batch_size
        self._lock = threading.RLock()
        self._starts: dict[int, TrainState] = {}
        self._trainers: dict[tuple[int, int], Program] = {}
        self._compiling: dict[tuple[int, int], threading.Lock] = {}
        self._one_step = self.carries_between_updates = interface.one_step
        self.gives_probabilities = interface.readout.probabilities
        self.model = self._made(0)
        self._programs = KerasPrograms(
            self.model, task.width, interface, self._lock, lambda: self.preparing()
        )
        self._last_layer = KerasReadout(self._programs, task)
        self.parameters = sum(int(np.prod(v.shape)) for v in self.model.trainable_variables)
        self.learns = learns or ("gradient" if self.parameters else "nothing")
        self._streams = self._one_step or _can_stream(self.model)
        self.receptive_field = receptive_field
        if isinstance(interface.layout, SlidingWindow):
            self.receptive_field = interface.layout.size
            self.forgets_between_steps = interface.layout.size == 1
        elif self._streams:
            self.state_size = count_state(self.model)

    def start(self, seed: int, rate: float) -> TrainState:
        """Initial values of a seed; the model is built once for each."""
        with self._lock:
            if seed not in self._starts:
                with self.preparing():
                    model = self._made(seed) if seed else self.model
                    # States for the batch size of training, whatever the model was built for.
                    with carrying(model, self._batch_size):
                        self._starts[seed] = read(model)
            return self._with_rate(copy(self._starts[seed]), lambda old: old * 0 + rate)

    def train(
        self, weights: TrainState, spec: TrainingSpec, seed: int, first: int, updates: int
    ) -> tuple[TrainState, Curve]:
        """Continue training. For a one-step model an update is one pass over a sequence."""
        each = 1 if self._one_step else PIECE
        logs: dict[str, list[np.ndarray]] = {}

        began = time.perf_counter()

        def note(progress: Progress) -> None:
            for name, values in progress.logs.items():
                logs.setdefault(name, []).append(values)
            halt_if_late(began)

        # Sequences that are drawn on the host are new for each call of the program.
        at_once = updates if self.task.on_device else each
        for begin in range(first, first + updates, at_once):
            trainer = self._trainer(spec, each, weights, seed, begin // each)
            weights = trainer.run(
                weights,
                stream(seed, "data"),
                first_epoch=begin // each,
                epochs=(begin + at_once) // each,
                epochs_per_call=at_once // each,
                on_progress=note,
                on_pause=lambda paused: halt_if_late(began),
            )
        loss = np.concatenate(logs["loss"])
        if "accuracy" in logs:
            return weights, Curve(loss, np.concatenate(logs["accuracy"]))
        return weights, Curve(loss, 1 - loss / self.task.chance_loss(spec.lag))

    def fit_readout(self, spec: TrainingSpec, seed: int) -> TrainState:
        """The last layer in closed form."""
        return self._last_layer.solved(self.start(seed, 0.001), spec, seed)

    def at_rate(self, weights: TrainState, factor: float) -> TrainState:
        """Multiply the learning rate, which is one of the optimizer's values."""
        return self._with_rate(weights, lambda old: old * factor)

    def _with_rate(self, weights: TrainState, change: Callable[[Any], Any]) -> TrainState:
        names = [variable.name for variable in self.model.optimizer.variables]
        place, optimizer = names.index("learning_rate"), list(weights.optimizer)
        optimizer[place] = change(optimizer[place])
        return weights._replace(optimizer=optimizer)

    def keep(self, weights: TrainState) -> TrainState:
        """A copy."""
        return copy(weights)

    def to_arrays(self, weights: TrainState) -> dict[str, np.ndarray]:
        """All groups of values, by group and position."""
        return {
            f"{group}.{position:04d}": np.array(value)
            for group, values in weights._asdict().items()
            for position, value in enumerate(values)
        }

    def from_arrays(self, arrays: Mapping[str, np.ndarray], seed: int, rate: float) -> TrainState:
        """See `TrainableModel.from_arrays`."""
        import jax.numpy as jnp

        like = self.start(seed, rate)
        fit_in(arrays, {name: value.shape for name, value in self.to_arrays(like).items()})
        groups = {
            group: [jnp.array(arrays[f"{group}.{place:04d}"]) for place in range(len(values))]
            for group, values in like._asdict().items()
        }
        return TrainState(**groups)

    def encode(self, inputs: np.ndarray) -> np.ndarray:
        """As the interface of the model says."""
        laid_out = self._interface.layout.inputs(inputs, np)
        return np.asarray(self._interface.inputs.encode(laid_out, self.task.width, np))

    def adapter(self, weights: TrainState) -> Adapter:
        """Around a new model, compiled with the loss of the task; carried state starts at zero."""
        from echospan.adapters.keras.adapter import KerasAdapter

        with self._lock:
            model = self._made(0)
            # Copies: training on gives the memory of these values to others.
            for variable, value in mapping(model, copy(only_weights(weights))):
                variable.assign(value)
            example = self.encode(self._few_inputs())
            return KerasAdapter(model, [example], Structure(), make=self._build)

    def _few_inputs(self) -> np.ndarray:
        length = 1 if self._one_step else 16
        return self.task.random_inputs(length, 0, "train", self._batch_size)

    def scores(self, weights: TrainState, inputs: np.ndarray) -> np.ndarray:
        """Whole sequences in one forward pass, from the initial state."""
        if self._one_step:
            streamed = self.stream(weights, inputs)
            assert streamed is not None
            return streamed.scores
        return self._programs.whole(weights, inputs)

    def stream(self, weights: TrainState, inputs: np.ndarray) -> Streamed | None:
        """One step at a time, with every layer that can carrying its state."""
        if isinstance(self._interface.layout, SlidingWindow):
            # The last inputs are all that it gets, whole or step by step.
            return Streamed(self.scores(weights, inputs), None)
        if not self._streams:
            return None
        shown = (self.state_size or 0) <= MOST_STATE
        scores, held = self._programs.steps(weights, inputs, every=not self._one_step, shown=shown)
        return Streamed(scores, held if held.shape[-1] else None)

    def gradient(
        self, weights: TrainState, inputs: np.ndarray, targets: np.ndarray
    ) -> np.ndarray | None:
        """By backpropagation through the whole sequence, as in training."""
        if not isinstance(self._interface.inputs, OneHot | Numbers) or self._one_step:
            return None
        if isinstance(self._interface.layout, SlidingWindow):
            return None
        return self._programs.gradient(weights, inputs, targets)

    def _made(self, seed: int) -> keras.Model:
        import keras

        with drawing():
            model, readout = self._build(seed), self._interface.readout
        optimizer = keras.optimizers.Adam(global_clipnorm=1.0)
        model.compile(optimizer, readout.loss(), weighted_metrics=readout.metrics())
        length = 1 if self._one_step else 16
        source = self._source(TrainingSpec(0, length, self._batch_size), 1)
        inputs = self._few_inputs()
        targets = self.task.as_targets(inputs)
        with carrying(model, self._batch_size):
            internals.build(model, tuple(source.batch((inputs, targets))))
        return model

    def _source(
        self, spec: TrainingSpec, updates: int, seed: int = 0, piece: int = 0
    ) -> SequenceSource:
        return SequenceSource(spec, self.task, self._interface, updates, seed, piece)

    def _trainer(
        self, spec: TrainingSpec, updates: int, values: TrainState, seed: int, piece: int
    ) -> Trainer:
        key = (spec.length, updates)
        reset: ResetState = "epoch" if self._one_step else "batch"
        source = self._source(spec, updates, seed, piece)
        trainer = Trainer(self.model, source, reset, self._trainers.get(key), self._tracing)
        if trainer.program is None:
            with self._lock:
                compiling = self._compiling.setdefault(key, threading.Lock())
            # Trials whose program is there go on meanwhile: only tracing holds the model's lock.
            with compiling:
                trainer.program = self._trainers.get(key)
                trainer.compile(values)
                assert trainer.program is not None
                self._trainers[key] = trainer.program
        return trainer

    @contextmanager
    def _tracing(self) -> Iterator[None]:
        with self._lock, self.preparing(), carrying(self.model, self._batch_size):
            yield


def only_weights(values: TrainState) -> TrainState:
    """Without what only training needs, and without carried state."""
    return values._replace(optimizer=[], metrics=[], states=[])


def _can_stream(model: keras.Model) -> bool:
    """Whether it has layers with a state, and all others can process one step at a time.

    A model without such a layer is memoryless, or remembers in a way that Keras doesn't show: a
    shift by plain operations, or a loop inside `call`. Neither can be fed step by step.
    """
    if not carriers(model):
        return False
    try:
        check_streams(model)
    except ConfigError:
        return False
    return True
