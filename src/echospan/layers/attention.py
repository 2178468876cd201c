"""Causal self-attention over a bounded past (Vaswani et al. 2017), with rotary positions."""

from __future__ import annotations

from typing import Any, Literal

import jax
import jax.numpy as jnp
import keras

from echospan.arguments import one_of, validated, whole
from echospan.errors import ConfigError
from echospan.layers.initialisers import Initialisers
from echospan.layers.settings import SHARED
from echospan.layers.streaming import State, Streaming

Positions = Literal["rotary", "none"]


@keras.saving.register_keras_serializable(package="echospan")
class CausalAttention(Streaming):
    """Each step attends to itself and the `context - 1` steps before it.

    Keys and values of these steps are the state (a key-value cache). Rotary positions (Su et al.
    2021) tell distances only, so keys are kept unrotated and turned by their place in view.

    Args:
        heads: Attention heads; they divide the features, and with rotary positions into even parts.
        context: Steps in view, the current one included.
        positions: "rotary", or "none" where the input tells positions.
        seed: Of the initial weights.
        stateful: Carry the steps in view from one batch to the next.

    Example:
        >>> layer = echospan.layers.CausalAttention(heads=1, context=8)
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 4)
    """

    @validated(
        **SHARED,
        heads=whole(1, 1024),
        context=whole(1, 100_000),
        positions=one_of("rotary", "none"),
    )
    def __init__(
        self,
        heads: int,
        context: int,
        positions: Positions = "rotary",
        *,
        seed: int = 0,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(stateful=stateful, **kwargs)
        self.heads = heads
        self.context = context
        self.positions = positions
        self.seed = seed

    def build_weights(self, features: int) -> None:
        """Queries, keys and values side by side (features, 3 features); the way out."""
        parts = 2 * self.heads if self.positions == "rotary" else self.heads
        if features % parts:
            even = ", into even parts for rotary positions" if self.positions == "rotary" else ""
            allowed = f"a divisor of the input's {features} features{even}"
            raise ConfigError("heads", allowed, self.heads)
        init = Initialisers(self.seed)
        self.enter = self.add_weight(
            shape=(features, 3 * features), initializer=init.glorot(), name="enter"
        )
        self.leave = self.add_weight(
            shape=(features, features), initializer=init.glorot(), name="leave"
        )

    def start(self, batch_size: Any, features: int) -> State:
        """Keys and values (batch, context - 1, features), and the number of steps processed."""
        past = jnp.zeros((batch_size, self.context - 1, features), self.compute_dtype)
        return [past, past, jnp.zeros((batch_size, 1), "float32")]

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, features)."""
        keys, values, steps_seen = state
        steps, past = x.shape[1], self.context - 1
        query, key, value = jnp.split(x @ jnp.asarray(self.enter), 3, axis=-1)
        keys = jnp.concatenate([keys, key], axis=1)
        values = jnp.concatenate([values, value], axis=1)
        # Places before the start of the sequence hold nothing.
        real = jnp.arange(past + steps) >= past - steps_seen
        outputs = self._attend(query, keys, values, past, real[:, None, None])
        return outputs, [keys[:, steps:], values[:, steps:], steps_seen + steps]

    def whole(self, x: Any) -> Any:
        """As `advance` from the start, without the places before it."""
        query, key, value = jnp.split(x @ jnp.asarray(self.enter), 3, axis=-1)
        return self._attend(query, key, value, 0, True)

    def _attend(self, query: Any, keys: Any, values: Any, first: int, real: Any) -> Any:
        """Queries stand at places `first`, `first + 1` ... of the keys."""
        own = first + jnp.arange(query.shape[1])
        places = jnp.arange(keys.shape[1])
        query, keys, values = (self._split(part) for part in (query, keys, values))
        if self.positions == "rotary":
            query, keys = _rotate(query, own), _rotate(keys, places)
        scores = jnp.einsum("bqhd,bkhd->bhqk", query, keys) * query.shape[-1] ** -0.5
        distance = own[:, None] - places
        seen = (distance >= 0) & (distance < self.context) & real
        weights = jax.nn.softmax(jnp.where(seen, scores, -1e9), axis=-1)
        mixed = jnp.einsum("bhqk,bkhd->bqhd", weights, values)
        return mixed.reshape(*mixed.shape[:2], -1) @ jnp.asarray(self.leave)

    def _split(self, x: Any) -> Any:
        return x.reshape(*x.shape[:2], self.heads, -1)


def _rotate(x: Any, places: Any) -> Any:
    """Turn each pair of features (batch, time, heads, features) by an angle for its place."""
    half = x.shape[-1] // 2
    angles = places[:, None] * 10_000.0 ** (-jnp.arange(half) / half)
    cos, sin = jnp.cos(angles)[:, None, :], jnp.sin(angles)[:, None, :]
    first, second = x[..., :half], x[..., half:]
    return jnp.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)
