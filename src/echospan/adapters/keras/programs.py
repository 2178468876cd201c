"""Compiled programs of a trained Keras model: scores, states and gradients, one for each shape."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.keras.infer_io import ModelInterface
from echospan.engine.carried import carrying, is_stateful
from echospan.engine.update import forward
from echospan.engine.values import TrainState, mapping, zero_states
from echospan.tasks import absent

if TYPE_CHECKING:
    import keras

CHUNK = 64
"""Steps in one call of the streaming program; every measured length is a multiple."""

MOST_STATE = 1024
"""Numbers in a state above which states are not returned step by step."""


class KerasPrograms:
    """Programs of one model, for weights of any seed. Inputs are (sequences, time).

    Args:
        model: The model whose call is compiled.
        width: Number of distinct symbols K; 0 for numbers.
        interface: How the model takes inputs and gives outputs.
        lock: Held while a program is traced, because tracing changes the model.
        preparing: Makes the context in which programs are compiled.
    """

    def __init__(
        self,
        model: keras.Model,
        width: int,
        interface: ModelInterface,
        lock: threading.RLock,
        preparing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.model, self._width, self._interface, self._lock = model, width, interface, lock
        self._compiled: dict[Any, Any] = {}
        self._compiling: dict[Any, threading.Lock] = {}
        self._preparing = preparing

    def whole(self, values: TrainState, inputs: np.ndarray) -> np.ndarray:
        """Scores of whole sequences in one forward pass, from the initial state."""
        values = self._only_needed(values, len(inputs))
        return np.asarray(self._run("whole", self._whole, (values, inputs)))

    def features(self, values: TrainState, inputs: np.ndarray) -> np.ndarray:
        """Input of the last layer, (sequences, time, features)."""
        values = self._only_needed(values, len(inputs))
        return np.asarray(self._run("features", self._before, (values, inputs)))

    def steps(
        self, values: TrainState, inputs: np.ndarray, *, every: bool, shown: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores one step at a time, and the state after each step.

        Args:
            values: The model's weights and states.
            inputs: (sequences, time).
            every: Let every recurrent layer carry its state, not only stateful ones.
            shown: Return the states; else arrays without numbers.
        """
        rows, length = inputs.shape[:2]
        values = self._only_needed(values, rows, every_layer=every)
        scores, states = [], []

        def steps(values: TrainState, part: Any) -> Any:
            return self._steps(values, part, shown)

        for begin in range(0, length, CHUNK):
            arguments = (values, inputs[:, begin : begin + CHUNK])
            outputs, held, values = self._run("steps", steps, arguments, every)
            scores.append(np.asarray(outputs))
            states.append(np.asarray(held))
        return np.concatenate(scores, axis=1), np.concatenate(states, axis=1)

    def gradient(self, values: TrainState, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Norm of the loss's gradient with respect to each step's input, (sequences, time)."""
        values = self._only_needed(values, len(inputs))
        return np.asarray(self._run("gradient", self._gradient, (values, inputs, targets)))

    def _run(
        self, name: str, function: Callable[..., Any], arguments: Any, every: bool = False
    ) -> Any:
        import jax

        inputs = arguments[1]
        key = (name, inputs.shape)
        if key not in self._compiled:
            with self._lock:
                compiling = self._compiling.setdefault(key, threading.Lock())
            # Only tracing changes the model. What is compiled already runs on meanwhile.
            with compiling, self._preparing():
                if key not in self._compiled:
                    with self._lock, carrying(self.model, len(inputs), every_layer=every):
                        lowered = jax.jit(function).lower(*arguments)
                    self._compiled[key] = lowered.compile()
        return self._compiled[key](*arguments)

    def _only_needed(self, values: TrainState, rows: int, every_layer: bool = False) -> TrainState:
        """Without what only training needs, and with an initial state for `rows` sequences."""
        import jax.numpy as jnp

        states: list[Any] = []
        if every_layer or is_stateful(self.model):
            with self._lock, carrying(self.model, rows, every_layer=every_layer) as fresh:
                states = [jnp.zeros(v.shape, v.dtype) for v in fresh]
        return values._replace(optimizer=[], metrics=[], states=states)

    def _encoded(self, inputs: Any) -> Any:
        import jax.numpy as jnp

        laid_out = self._interface.layout.inputs(inputs, jnp)
        return self._interface.inputs.encode(laid_out, self._width, jnp)

    def _whole(self, values: TrainState, inputs: Any) -> Any:
        outputs, _ = forward(self.model, values, self._encoded(inputs))
        return self._interface.layout.outputs(outputs, *inputs.shape[:2])

    def _before(self, values: TrainState, inputs: Any) -> Any:
        import keras

        inner = keras.Model(self.model.inputs, self.model.layers[-1].input)
        with keras.StatelessScope(mapping(self.model, values)):
            return inner(self._encoded(inputs), training=False)

    def _steps(self, values: TrainState, inputs: Any, shown: bool) -> Any:
        import jax
        import jax.numpy as jnp

        rows = inputs.shape[0]

        def step(values: TrainState, now: Any) -> Any:
            x = self._interface.inputs.encode(now[:, None], self._width, jnp)
            outputs, values = forward(self.model, values, x)
            held = [state.reshape(rows, -1) for state in values.states if shown]
            empty = jnp.zeros((rows, 0))
            return values, (outputs.reshape(rows, -1), jnp.concatenate([*held, empty], axis=1))

        values, (scores, states) = jax.lax.scan(step, values, jnp.swapaxes(inputs, 0, 1))
        return jnp.swapaxes(scores, 0, 1), jnp.swapaxes(states, 0, 1), values

    def _gradient(self, values: TrainState, inputs: Any, targets: Any) -> Any:
        import jax
        import jax.numpy as jnp

        readout = self._interface.readout
        laid_out = self._interface.layout.targets(targets, jnp)
        unscored = absent(laid_out)
        labels = readout.targets(jnp.where(unscored, 0, laid_out), self._width, jnp)
        weight = (~unscored).astype("float32")

        def loss(x: Any) -> Any:
            outputs, _ = forward(self.model, zero_states(values), x)
            return readout.loss()(labels, outputs, sample_weight=weight)

        return jnp.sqrt(jnp.sum(jax.grad(loss)(self._encoded(inputs)) ** 2, axis=-1))
