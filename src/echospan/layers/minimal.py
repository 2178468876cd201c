"""Gates that do not look at the state (Feng et al. 2024, "Were RNNs all we needed?")."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import jax
import jax.numpy as jnp
import keras

from echospan.arguments import validated
from echospan.layers.initialisers import Initialisers
from echospan.layers.recurrence import linear
from echospan.layers.settings import SHARED, UNITS
from echospan.layers.streaming import State, Units


class _Minimal(Units):
    """A linear recurrence of gates and candidates that are made of the input alone.

    Args:
        units: Units.
        seed: Of the initial weights.
        stateful: Carry the state from one batch to the next.
    """

    parts: int

    @validated(**SHARED, units=UNITS)
    def __init__(self, units: int, *, seed: int = 0, stateful: bool = False, **kwargs: Any) -> None:
        super().__init__(stateful=stateful, **kwargs)
        self.units = units
        self.seed = seed

    def build_weights(self, features: int) -> None:
        """Gates and candidate side by side: (features, parts * units)."""
        init = Initialisers(self.seed)
        wide = self.parts * self.units
        self.kernel = self.add_weight(
            shape=(features, wide), initializer=init.glorot(), name="kernel"
        )
        self.bias = self.add_weight(shape=(wide,), initializer="zeros", name="bias")

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, units)."""
        mixed = x @ jnp.asarray(self.kernel) + jnp.asarray(self.bias)
        keep, new = self.gates(jnp.split(mixed, self.parts, axis=-1))
        outputs = linear(keep, new, state[0])
        return outputs, [outputs[:, -1]]

    @abstractmethod
    def gates(self, parts: list[Any]) -> tuple[Any, Any]:
        """What is kept of the state, and what is added to it; (batch, time, units) each."""


@keras.saving.register_keras_serializable(package="echospan")
class MinGRU(_Minimal):
    """h_t = (1 - z_t) * h_{t-1} + z_t * c_t, with gate z and candidate c of the input alone.

    Example:
        >>> layer = echospan.layers.MinGRU(6)
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 6)
    """

    parts = 2

    def gates(self, parts: list[Any]) -> tuple[Any, Any]:
        """1 - z, and z * c."""
        gate, candidate = parts
        return jax.nn.sigmoid(-gate), jax.nn.sigmoid(gate) * candidate


@keras.saving.register_keras_serializable(package="echospan")
class MinLSTM(_Minimal):
    """h_t = f_t * h_{t-1} + i_t * c_t, with f and i scaled to add up to one.

    Example:
        >>> layer = echospan.layers.MinLSTM(6)
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 6)
    """

    parts = 3

    def gates(self, parts: list[Any]) -> tuple[Any, Any]:
        """f / (f + i), and i / (f + i) * c."""
        # In logarithms, where neither gate can vanish from the quotient.
        forget, write, candidate = parts
        lead = jax.nn.log_sigmoid(forget) - jax.nn.log_sigmoid(write)
        return jax.nn.sigmoid(lead), jax.nn.sigmoid(-lead) * candidate
