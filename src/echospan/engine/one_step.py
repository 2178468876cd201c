"""A trained model fed step by step: its newest output, or the state that it keeps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.carried import carriers, carrying, recurrent_layers, tracing
from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.engine.update import forward
from echospan.engine.values import TrainState
from echospan.models.inputs import Input
from echospan.models.readout import Readout
from echospan.observer import halt_if

if TYPE_CHECKING:
    import jax
    import keras

STEPS_AT_ONCE = 4096
"""Steps of a long sequence in one call of the compiled program."""


class OneStep:
    """Predicts the newest symbol of a few sequences, with the state carried from call to call.

    Args:
        model: The trained model.
        inputs: How symbols are given to it.
        readout: How its outputs are read.
        symbols: Number of distinct symbols.
        rows: Sequences that are fed at the same time.
        window: Whether each call gets a whole window. A window is a sample of its own, so that no
            state is carried from one to the next.
    """

    def __init__(
        self,
        model: keras.Model,
        inputs: Input,
        readout: Readout,
        symbols: int,
        *,
        rows: int,
        window: bool,
    ) -> None:
        import jax

        self._model, self._inputs, self._readout, self._symbols = model, inputs, readout, symbols
        self._rows, self._window = rows, window
        self._program = jax.jit(self._predict)

    def carrying(self) -> AbstractContextManager[list[Any]]:
        """While it is open, the model's recurrent layers carry states for `rows` sequences."""
        return carrying(self._model, self._rows, every_layer=not self._window)

    def begun(self, values: TrainState, states: list[Any]) -> TrainState:
        """The values with the states that `carrying` gave, at the start of the sequences."""
        import jax.numpy as jnp

        return values._replace(states=[jnp.asarray(state.value) for state in states])

    def __call__(self, values: TrainState, inputs: np.ndarray) -> tuple[np.ndarray, TrainState]:
        """Predict (rows,) from symbols (rows, steps), and the values with the new state."""
        predicted, values = self._program(values, np.asarray(inputs, "int32"))
        return predicted, values

    def _predict(self, values: TrainState, inputs: Any) -> tuple[Any, TrainState]:
        import jax.numpy as jnp

        if self._window and values.states:
            values = values._replace(states=[jnp.zeros_like(state) for state in values.states])
        encoded = self._inputs.encode(inputs, self._symbols, jnp)
        outputs, values = forward(self._model, values, encoded)
        symbols = self._readout.decode(outputs, self._symbols, jnp)
        return jnp.reshape(symbols, (self._rows, -1))[:, -1].astype("int32"), values


def hidden_state(
    compiled: CompiledExperiment,
    values: TrainState,
    sequence: np.ndarray,
    stop: Callable[[], bool] | None = None,
) -> dict[str, np.ndarray]:
    """Feed the sequence one value at a time and record the first layer's output state.

    Args:
        compiled: The experiment with its model.
        values: The model's weights and states.
        sequence: Integers (time,).
        stop: Asked between pieces of a long sequence.

    Raises:
        Halted: `stop` said so.

    Returns:
        `symbols` (time,) and `state` (time, units); empty for a model without Keras's recurrent
        layers, or one that doesn't process its input step by step.
    """
    import jax.numpy as jnp

    layers = recurrent_layers(compiled.model)
    only = bool(layers) and len(layers) == len(carriers(compiled.model))
    if not only or any(layer.go_backwards for layer in layers):
        return {}
    with tracing(compiled.model), carrying(compiled.model, 1, every_layer=True) as states:
        fresh = values._replace(
            optimizer=[], metrics=[], states=[jnp.asarray(state.value) for state in states]
        )
        program, states_of_parts = _hidden_program(compiled), []
        for begin in range(0, len(sequence), STEPS_AT_ONCE):
            halt_if(stop)
            part = jnp.asarray(sequence[begin : begin + STEPS_AT_ONCE])
            fresh, state = program(fresh, part)
            states_of_parts.append(np.asarray(state, "float32"))
    return {"symbols": np.asarray(sequence, "int32"), "state": np.concatenate(states_of_parts)}


def _hidden_program(compiled: CompiledExperiment) -> Callable[..., Any]:
    """Compiled once for an experiment, as its other programs are."""
    if "hidden" not in compiled.programs:
        import jax
        import jax.numpy as jnp

        width, encode = compiled.experiment.task.width, compiled.inputs.encode

        def step(values: TrainState, symbol: jax.Array) -> tuple[TrainState, jax.Array]:
            _, values = forward(compiled.model, values, encode(symbol[None, None], width, jnp))
            return values, values.states[0][0]

        compiled.programs["hidden"] = jax.jit(lambda v, s: jax.lax.scan(step, v, s))
    program: Callable[..., Any] = compiled.programs["hidden"]
    return program
