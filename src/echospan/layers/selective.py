"""Selective state space layer (Gu and Dao 2023, Mamba), as clear reference code."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from echospan.arguments import validated, whole
from echospan.layers.initialisers import Initialisers, given
from echospan.layers.recurrence import linear
from echospan.layers.settings import SHARED
from echospan.layers.streaming import State, Streaming


@keras.saving.register_keras_serializable(package="echospan")
class SelectiveSSM(Streaming):
    """Linear states whose step, input and output weights are made from each input.

    Mamba's block without its norm and residual path: features -> two branches of
    `expand * features`; one goes through a short causal convolution and the states, the other gates
    the result; back to features.

    Args:
        order: States for each inner feature.
        expand: Inner features for each feature.
        kernel_size: Steps of the convolution.
        seed: Of the initial weights.
        stateful: Carry the state from one batch to the next.

    Example:
        >>> layer = echospan.layers.SelectiveSSM()
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 4)
    """

    @validated(**SHARED, order=whole(1, 1024), expand=whole(1, 16), kernel_size=whole(1, 1024))
    def __init__(
        self,
        order: int = 16,
        expand: int = 2,
        kernel_size: int = 4,
        *,
        seed: int = 0,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(stateful=stateful, **kwargs)
        self.order = order
        self.expand = expand
        self.kernel_size = kernel_size
        self.seed = seed

    def build_weights(self, features: int) -> None:
        """Those of the paper's reference code, with its starts."""
        init = Initialisers(self.seed)
        inner, rank = self.expand * features, math.ceil(features / 16)

        def weight(name: str, shape: tuple[int, ...], initializer: Any) -> Any:
            return self.add_weight(shape=shape, initializer=initializer, name=name)

        self.enter = weight("enter", (features, 2 * inner), init.glorot())
        self.kernel = weight("kernel", (self.kernel_size, inner), init.uniform(-0.5, 0.5))
        self.kernel_bias = weight("kernel_bias", (inner,), "zeros")
        self.select = weight("select", (inner, rank + 2 * self.order), init.glorot())
        self.step = weight("step", (rank, inner), init.uniform(-(rank**-0.5), rank**-0.5))
        # softplus(bias) is log-uniform from 0.001 to 0.1.
        steps = np.exp(init.generator().uniform(np.log(0.001), np.log(0.1), inner))
        inverse = steps + np.log(-np.expm1(-steps))
        self.step_bias = weight("step_bias", (inner,), given(inverse))
        rates = np.log(np.arange(1, self.order + 1))
        self.rate = weight("rate", (inner, self.order), given(rates))
        self.skip = weight("skip", (inner,), "ones")
        self.leave = weight("leave", (inner, features), init.glorot())

    def start(self, batch_size: Any, features: int) -> State:
        """The convolution's past (batch, kernel_size - 1, inner), states (batch, inner, order)."""
        inner = self.expand * features
        return [
            jnp.zeros((batch_size, self.kernel_size - 1, inner), self.compute_dtype),
            jnp.zeros((batch_size, inner, self.order), self.compute_dtype),
        ]

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, features)."""
        past, before = state
        steps = x.shape[1]
        u, gate = jnp.split(x @ jnp.asarray(self.enter), 2, axis=-1)
        line = jnp.concatenate([past, u], axis=1)
        kernel = jnp.asarray(self.kernel)
        u = jnp.asarray(self.kernel_bias)
        for k in range(self.kernel_size):
            u = u + line[:, k : k + steps] * kernel[k]
        u = jax.nn.silu(u)
        h, leave = self._states(u, before)
        y = jnp.einsum("btin,btn->bti", h, leave) + u * jnp.asarray(self.skip)
        outputs = (y * jax.nn.silu(gate)) @ jnp.asarray(self.leave)
        return outputs, [line[:, steps:], h[:, -1]]

    def _states(self, u: Any, before: Any) -> tuple[Any, Any]:
        """States (batch, time, inner, order), and the weights that read them out."""
        selected = u @ jnp.asarray(self.select)
        rank = selected.shape[-1] - 2 * self.order
        low, write, leave = jnp.split(selected, [rank, rank + self.order], axis=-1)
        step = jax.nn.softplus(low @ jnp.asarray(self.step) + jnp.asarray(self.step_bias))
        decay = jnp.exp(-step[..., None] * jnp.exp(jnp.asarray(self.rate)))
        drive = (step * u)[..., None] * write[..., None, :]
        return linear(decay, drive, before), leave
