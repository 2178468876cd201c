"""What a trained Keras model is asked, compiled once for each shape: answers, states, gradients."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.carried import carrying, is_stateful
from echospan.engine.update import forward
from echospan.engine.values import TrainState, mapping, zero_states
from echospan.models.inputs import Input
from echospan.models.readout import Readout
from echospan.spans.views import View
from echospan.tasks import absent

if TYPE_CHECKING:
    import keras

CHUNK = 64
"""Steps that one call of the streaming program takes; every measured length is a multiple."""

MOST_STATE = 1024
"""Numbers in a state beyond which it is not given out step by step."""


class KerasPrograms:
    """Programs of one model. Values of any seed are given; sequences are (sequences, time).

    Args:
        model: Whose call is compiled.
        symbols: Number of distinct symbols K; 0 for numbers.
        inputs: How they are given to the model.
        readout: How its answers are scored.
        view: How sequences are laid out for it.
        lock: Held while a program is traced: tracing changes the model.
    """

    def __init__(
        self,
        model: keras.Model,
        symbols: int,
        inputs: Input,
        readout: Readout,
        view: View,
        lock: threading.RLock,
    ) -> None:
        self.model, self._symbols, self._inputs = model, symbols, inputs
        self._readout, self._view, self._lock = readout, view, lock
        self._compiled: dict[Any, Any] = {}

    def whole(self, values: TrainState, heard: np.ndarray) -> np.ndarray:
        """Scores of whole sequences in one forward pass, from an empty state."""
        values = self._only_needed(values, len(heard))
        return np.asarray(self._run("whole", self._whole, (values, heard)))

    def features(self, values: TrainState, heard: np.ndarray) -> np.ndarray:
        """What the last layer hears, (sequences, time, features)."""
        values = self._only_needed(values, len(heard))
        return np.asarray(self._run("features", self._before, (values, heard)))

    def steps(
        self, values: TrainState, heard: np.ndarray, *, every: bool, shown: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores one step at a time, and the numbers carried after each step.

        Args:
            values: The model's.
            heard: (sequences, time).
            every: Let every layer that can carry its state, not only stateful ones.
            shown: Give the states out; else none of their numbers.
        """
        rows, length = heard.shape[:2]
        values = self._only_needed(values, rows, every_layer=every)
        scores, states = [], []

        def steps(values: TrainState, part: Any) -> Any:
            return self._steps(values, part, shown)

        for begin in range(0, length, CHUNK):
            arguments = (values, heard[:, begin : begin + CHUNK])
            given, held, values = self._run("steps", steps, arguments, every)
            scores.append(np.asarray(given))
            states.append(np.asarray(held))
        return np.concatenate(scores, axis=1), np.concatenate(states, axis=1)

    def gradient(self, values: TrainState, heard: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Norm of the loss's gradient with respect to each step's input, (sequences, time)."""
        values = self._only_needed(values, len(heard))
        return np.asarray(self._run("gradient", self._gradient, (values, heard, targets)))

    def _run(
        self, name: str, function: Callable[..., Any], arguments: Any, every: bool = False
    ) -> Any:
        import jax

        heard = arguments[1]
        with self._lock:
            key = (name, heard.shape)
            if key not in self._compiled:
                with carrying(self.model, len(heard), every_layer=every):
                    self._compiled[key] = jax.jit(function).lower(*arguments).compile()
            program = self._compiled[key]
        return program(*arguments)

    def _only_needed(self, values: TrainState, rows: int, every_layer: bool = False) -> TrainState:
        """Without what only training needs, and with an empty state of so many rows."""
        import jax.numpy as jnp

        states: list[Any] = []
        if every_layer or is_stateful(self.model):
            with self._lock, carrying(self.model, rows, every_layer=every_layer) as fresh:
                states = [jnp.zeros(v.shape, v.dtype) for v in fresh]
        return values._replace(optimizer=[], metrics=[], states=states)

    def _encoded(self, heard: Any) -> Any:
        import jax.numpy as jnp

        return self._inputs.encode(self._view.inputs(heard, jnp), self._symbols, jnp)

    def _whole(self, values: TrainState, heard: Any) -> Any:
        outputs, _ = forward(self.model, values, self._encoded(heard))
        return self._view.outputs(outputs, *heard.shape[:2])

    def _before(self, values: TrainState, heard: Any) -> Any:
        import keras

        inner = keras.Model(self.model.inputs, self.model.layers[-1].input)
        with keras.StatelessScope(mapping(self.model, values)):
            return inner(self._encoded(heard), training=False)

    def _steps(self, values: TrainState, heard: Any, shown: bool) -> Any:
        import jax
        import jax.numpy as jnp

        rows = heard.shape[0]

        def step(values: TrainState, now: Any) -> Any:
            x = self._inputs.encode(now[:, None], self._symbols, jnp)
            outputs, values = forward(self.model, values, x)
            held = [state.reshape(rows, -1) for state in values.states if shown]
            empty = jnp.zeros((rows, 0))
            return values, (outputs.reshape(rows, -1), jnp.concatenate([*held, empty], axis=1))

        values, (scores, states) = jax.lax.scan(step, values, jnp.swapaxes(heard, 0, 1))
        return jnp.swapaxes(scores, 0, 1), jnp.swapaxes(states, 0, 1), values

    def _gradient(self, values: TrainState, heard: Any, targets: Any) -> Any:
        import jax
        import jax.numpy as jnp

        wanted = self._view.targets(targets, jnp)
        unscored = absent(wanted)
        labels = self._readout.targets(jnp.where(unscored, 0, wanted), self._symbols, jnp)
        weight = (~unscored).astype("float32")

        def loss(x: Any) -> Any:
            outputs, _ = forward(self.model, zero_states(values), x)
            return self._readout.loss()(labels, outputs, sample_weight=weight)

        return jnp.sqrt(jnp.sum(jax.grad(loss)(self._encoded(heard)) ** 2, axis=-1))
