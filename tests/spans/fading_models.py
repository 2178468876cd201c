"""Models through which no gradient comes back far; each is a function (symbols) -> model."""

from __future__ import annotations

from typing import Any

import keras
from keras import constraints, layers, ops


def held_small(symbols: int) -> Any:
    """A simple recurrent layer whose recurrent matrix may not grow: each column at most 0.02."""
    return keras.Sequential(
        [
            keras.Input((None, symbols)),
            layers.SimpleRNN(
                16,
                return_sequences=True,
                recurrent_initializer=keras.initializers.Orthogonal(gain=0.02),
                recurrent_constraint=constraints.MaxNorm(0.02),
            ),
            layers.Dense(symbols),
        ]
    )


class Detached(layers.SimpleRNNCell):
    """Its state goes on from step to step, and no gradient goes back."""

    def call(self, x: Any, states: Any, training: bool = False) -> Any:
        return super().call(x, [ops.stop_gradient(state) for state in states], training=training)


def detached(symbols: int) -> Any:
    return keras.Sequential(
        [
            keras.Input((None, symbols)),
            layers.RNN(Detached(16), return_sequences=True),
            layers.Dense(symbols),
        ]
    )
