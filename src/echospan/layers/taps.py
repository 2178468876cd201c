"""A tapped delay line."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import keras

from echospan.arguments import flag, validated, whole
from echospan.layers.streaming import State, Streaming


@keras.saving.register_keras_serializable(package="echospan")
class Taps(Streaming):
    """The newest values side by side, oldest first; zeros where there is none yet.

    Args:
        taps: How many values, the current one included.
        stateful: Carry the line from one batch to the next.

    Example:
        >>> layer = echospan.layers.Taps(3)
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 12)
    """

    @validated(taps=whole(1, 10_000), stateful=flag)
    def __init__(self, taps: int, *, stateful: bool = False, **kwargs: Any) -> None:
        super().__init__(stateful=stateful, **kwargs)
        self.taps = taps

    def build_weights(self, features: int) -> None:
        """None."""

    def width(self, features: int) -> int:
        """All taps."""
        return self.taps * features

    def start(self, batch_size: Any, features: int) -> State:
        """The values before the current one: (batch, taps - 1, features)."""
        return [jnp.zeros((batch_size, self.taps - 1, features), self.compute_dtype)]

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, taps * features)."""
        line = jnp.concatenate([state[0], x], axis=1)
        steps = x.shape[1]
        views = [line[:, tap : tap + steps] for tap in range(self.taps)]
        return jnp.concatenate(views, axis=-1), [line[:, steps:]]
