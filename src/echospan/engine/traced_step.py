"""A trained model fed step by step, with all that it shows: outputs, answer and states."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import numpy as np

from echospan.engine.carried import carriers, carrying
from echospan.engine.one_step import OneStep
from echospan.engine.update import forward
from echospan.engine.values import TrainState


class Traced(NamedTuple):
    """One step of one sequence.

    Attributes:
        outputs: What the readout reads (features,).
        answer: The symbol that it reads.
        states: States carried on, in the order of the layers, each flat; complex numbers as their
            real parts, then their imaginary ones.
    """

    outputs: np.ndarray
    answer: int
    states: list[np.ndarray]


class TracedStep(OneStep):
    """As `OneStep`, for one sequence."""

    def carrying(self) -> AbstractContextManager[list[Any]]:
        """As of `OneStep`; layers that read a window give their states, too, and begin at zero."""
        backwards = any(getattr(one, "go_backwards", False) for one in carriers(self._model))
        every = not (self._window and backwards)
        return carrying(self._model, self._rows, every_layer=every)

    def trace(self, values: TrainState, inputs: np.ndarray) -> tuple[Traced, TrainState]:
        """Feed symbols (1, steps); the newest step, and the values with the new state."""
        if "_traced" not in vars(self):
            import jax

            self._traced = jax.jit(self._trace)
        (outputs, answer), values = self._traced(values, np.asarray(inputs, "int32"))
        states = [_flat(np.asarray(state)) for state in values.states]
        return Traced(np.asarray(outputs, "float64"), int(answer), states), values

    def _trace(self, values: TrainState, inputs: Any) -> tuple[Any, TrainState]:
        import jax.numpy as jnp

        if self._window and values.states:
            values = values._replace(states=[jnp.zeros_like(state) for state in values.states])
        encoded = self._inputs.encode(inputs, self._symbols, jnp)
        outputs, values = forward(self._model, values, encoded)
        newest = outputs.reshape(-1, outputs.shape[-1])[-1]
        answer = self._readout.decode(newest[None], self._symbols, jnp)
        return (newest, answer.reshape(-1)[0].astype("int32")), values


def _flat(state: np.ndarray) -> np.ndarray:
    if np.iscomplexobj(state):
        return np.concatenate([state.real.ravel(), state.imag.ravel()]).astype("float64")
    return state.ravel().astype("float64")
