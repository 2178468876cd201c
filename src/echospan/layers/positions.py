"""Sinusoidal positions (Vaswani et al. 2017)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import keras

from echospan.layers.streaming import State, Streaming


@keras.saving.register_keras_serializable(package="echospan")
class SinusoidalPositions(Streaming):
    """Adds sines and cosines of the step's number since the start of the sequence.

    Example:
        >>> layer = echospan.layers.SinusoidalPositions()
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 4)
    """

    def build_weights(self, features: int) -> None:
        """None."""

    def start(self, batch_size: Any, features: int) -> State:
        """Number of steps processed: (batch, 1)."""
        return [jnp.zeros((batch_size, 1), "float32")]

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, features)."""
        (steps_seen,) = state
        steps, features = x.shape[1:]
        half = (features + 1) // 2
        places = steps_seen + jnp.arange(steps)
        angles = places[..., None] * 10_000.0 ** (-jnp.arange(half) / half)
        waves = jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=-1)[..., :features]
        return x + waves.astype(x.dtype), [steps_seen + steps]
