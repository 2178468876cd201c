"""A trained model's scores, as the engine computes them, for what is checked against them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.carried import carrying, tracing
from echospan.engine.update import forward
from echospan.engine.values import TrainState
from echospan.models.inputs import Input

if TYPE_CHECKING:
    import keras

Scores = Callable[[np.ndarray], tuple[np.ndarray, list[np.ndarray]]]
"""Symbols (rows, timesteps) -> outputs (rows, ...) and the states after them (rows, ...)."""


@contextmanager
def scoring(
    model: keras.Model, values: TrainState, inputs: Input, symbols: int, *, rows: int, carries: bool
) -> Iterator[Scores]:
    """A function that processes the next steps of some sequences.

    Args:
        model: The trained model.
        values: Its trained values.
        inputs: How symbols are given to it.
        symbols: Number of distinct symbols.
        rows: Sequences.
        carries: Whether the state goes from call to call; otherwise each begins from zero.
    """
    import jax
    import jax.numpy as jnp

    def score(values: TrainState, numbers: Any) -> tuple[Any, TrainState]:
        return forward(model, values, inputs.encode(numbers, symbols, jnp))

    program = jax.jit(score)
    with tracing(model), carrying(model, rows, every_layer=carries) as states:
        begun = values._replace(
            optimizer=[], metrics=[], states=[jnp.asarray(state.value) for state in states]
        )
        now = begun

        def next_steps(numbers: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
            nonlocal now
            outputs, after = program(now, numbers.astype("int32", copy=False))
            now = after if carries else begun
            return np.asarray(outputs), [np.asarray(state) for state in after.states]

        yield next_steps
