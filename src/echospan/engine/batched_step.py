"""A trained model compiled for a few numbers of rows, each row a sequence of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.carried import carrying, tracing
from echospan.engine.update import forward
from echospan.engine.values import TrainState
from echospan.models.inputs import Input
from echospan.models.readout import Classes, Readout

if TYPE_CHECKING:
    import keras

SIZES = (1, 8, 32, 128)
"""Rows that programs are compiled for. A call with fewer rows is filled up with empty ones."""

MOST_ROWS = SIZES[-1]


class BatchedStep:
    """Predicts for up to `MOST_ROWS` sequences in one call; the caller keeps the states.

    A row's result depends on that row alone. With another number of rows a matrix product may add
    up in another order, so outputs agree to float32 rounding between sizes.

    Args:
        model: The trained model.
        values: Its trained values.
        inputs: How symbols are given to it.
        readout: How its outputs are read.
        symbols: Number of distinct symbols.
        timesteps: Steps in one call: 1, or those of a window or a whole sequence.
        carries: Whether a state goes from call to call. Otherwise each call begins from zero.
        every: Return all outputs of a row; otherwise the last one alone.
    """

    def __init__(
        self,
        model: keras.Model,
        values: TrainState,
        inputs: Input,
        readout: Readout,
        symbols: int,
        *,
        timesteps: int,
        carries: bool,
        every: bool = False,
    ) -> None:
        self._model, self._inputs, self._readout, self._symbols = model, inputs, readout, symbols
        self._timesteps, self._carries, self._every = timesteps, carries, every
        self._values = values._replace(optimizer=[], metrics=[], states=[])
        # Seeds of layers that draw at random in inference too: each call draws other numbers.
        self._seeds = [
            place for place, each in enumerate(values.non_trainable) if each.dtype == "uint32"
        ]
        self._programs: dict[int, Callable[..., Any]] = {}
        with self._own(1) as states:
            self._zero = [np.asarray(state.value)[0] for state in states]

    @property
    def zero(self) -> list[np.ndarray]:
        """The state of one row at the start of a sequence: an array (...) for each part of it."""
        return [state.copy() for state in self._zero] if self._carries else []

    def compile(self, sizes: tuple[int, ...] = SIZES) -> None:
        """Compile now what would otherwise be compiled when it is first needed."""
        for size in sizes:
            self._program(size)

    def __call__(
        self, inputs: np.ndarray, states: list[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        """Predict once for each row.

        Args:
            inputs: Symbols (rows, timesteps), -1 where a value is missing.
            states: An array (rows, ...) for each part of the state.

        Returns:
            Symbols (rows, outputs), the probability of each (NaN where the model gives none), and
            the states after the step.
        """
        rows = len(inputs)
        size = next(size for size in SIZES if size >= rows)
        if size > rows:
            inputs = np.concatenate([inputs, np.zeros((size - rows, self._timesteps), "int32")])
            states = [
                np.concatenate([state, np.zeros((size - rows, *state.shape[1:]), state.dtype)])
                for state in states
            ]
        made = self._program(size)(self._values, inputs.astype("int32", copy=False), states)
        predicted, share, after, seeds = made
        if seeds:
            known = list(self._values.non_trainable)
            for place, seed in zip(self._seeds, seeds, strict=True):
                known[place] = seed
            self._values = self._values._replace(non_trainable=known)
        return (
            np.asarray(predicted)[:rows],
            np.asarray(share)[:rows],
            [np.asarray(state)[:rows] for state in after],
        )

    def _own(self, rows: int) -> Any:
        return carrying(self._model, rows, every_layer=self._carries)

    def _program(self, size: int) -> Callable[..., Any]:
        import jax

        if size not in self._programs:
            inputs = jax.ShapeDtypeStruct((size, self._timesteps), "int32")
            with tracing(self._model), self._own(size):
                states = [
                    jax.ShapeDtypeStruct((size, *state.shape), state.dtype) for state in self.zero
                ]
                lowered = jax.jit(self._predict).lower(self._values, inputs, states)
            self._programs[size] = lowered.compile()
        return self._programs[size]

    def _predict(self, values: TrainState, inputs: Any, states: list[Any]) -> Any:
        import jax
        import jax.numpy as jnp

        if not self._carries:
            # A stateful model judged on samples of their own starts each from zero.
            states = [jnp.zeros((len(inputs), *zero.shape), zero.dtype) for zero in self._zero]
        encoded = self._inputs.encode(inputs, self._symbols, jnp)
        outputs, after = forward(self._model, values._replace(states=states), encoded)
        if outputs.ndim == 2:
            outputs = outputs[:, None]
        if not self._every:
            outputs = outputs[:, -1:]
        predicted = self._readout.decode(outputs, self._symbols, jnp).astype("int32")
        if isinstance(self._readout, Classes):
            share = jnp.max(jax.nn.softmax(outputs.astype("float32"), axis=-1), axis=-1)
        else:
            share = jnp.full(predicted.shape, jnp.nan, "float32")
        seeds = [after.non_trainable[place] for place in self._seeds]
        return predicted, share, after.states if self._carries else [], seeds
