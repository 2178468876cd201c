"""Independently recurrent network (Li, Li, Cook, Zhu and Gao 2018)."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras

from echospan.arguments import validated
from echospan.layers.initialisers import Initialisers
from echospan.layers.recurrence import in_order
from echospan.layers.settings import SHARED, UNITS
from echospan.layers.streaming import State, Units


@keras.saving.register_keras_serializable(package="echospan")
class IndRNN(Units):
    """h_t = relu(W x_t + u * h_{t-1} + b): each unit remembers only itself.

    Args:
        units: Units.
        seed: Of the initial weights.
        stateful: Carry the state from one batch to the next.

    Example:
        >>> layer = echospan.layers.IndRNN(6)
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 6)
    """

    @validated(**SHARED, units=UNITS)
    def __init__(self, units: int, *, seed: int = 0, stateful: bool = False, **kwargs: Any) -> None:
        super().__init__(stateful=stateful, **kwargs)
        self.units = units
        self.seed = seed

    def build_weights(self, features: int) -> None:
        """W, u from 0 to 1 (the paper's start for long memory), b."""
        init = Initialisers(self.seed)
        self.kernel = self.add_weight(
            shape=(features, self.units), initializer=init.glorot(), name="kernel"
        )
        self.recurrent = self.add_weight(
            shape=(self.units,), initializer=init.uniform(0.0, 1.0), name="recurrent"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, units)."""
        recurrent = jnp.asarray(self.recurrent)

        def step(h: Any, driven: Any) -> tuple[Any, Any]:
            h = jax.nn.relu(driven + recurrent * h)
            return h, h

        driven = x @ jnp.asarray(self.kernel) + jnp.asarray(self.bias)
        after, outputs = in_order(step, state[0], driven)
        return outputs, [after]
