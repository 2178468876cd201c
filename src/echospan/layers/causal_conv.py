"""Dilated causal convolution (van den Oord et al. 2016; Bai, Kolter and Koltun 2018)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import keras

from echospan.arguments import flag, validated, whole
from echospan.errors import ConfigError
from echospan.layers.initialisers import Initialisers
from echospan.layers.settings import SHARED, UNITS
from echospan.layers.streaming import State, Units


@keras.saving.register_keras_serializable(package="echospan")
class CausalConv(Units):
    """A convolution over the current step and earlier ones, `dilation` steps apart.

    Args:
        units: Features of an output step.
        kernel_size: Steps that one output is made from.
        dilation: Distance between these.
        each: Convolve each feature by itself; `units` is then that of the input.
        seed: Of the initial weights.
        stateful: Carry the steps that are still in view from one batch to the next.

    Example:
        >>> layer = echospan.layers.CausalConv(6, kernel_size=3)
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 6)
    """

    @validated(
        **SHARED, units=UNITS, kernel_size=whole(1, 100_000), dilation=whole(1, 10**9), each=flag
    )
    def __init__(
        self,
        units: int,
        kernel_size: int,
        dilation: int = 1,
        *,
        each: bool = False,
        seed: int = 0,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(stateful=stateful, **kwargs)
        self.units = units
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.each = each
        self.seed = seed

    def build_weights(self, features: int) -> None:
        """A kernel (kernel_size, features, units) and a bias."""
        if self.each and self.units != features:
            raise ConfigError(
                "units", f"{features}, the input's features, for each=True", self.units
            )
        init = Initialisers(self.seed)
        shape = (self.kernel_size, 1 if self.each else features, self.units)
        self.kernel = self.add_weight(shape=shape, initializer=init.glorot(), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def start(self, batch_size: Any, features: int) -> State:
        """The steps still in view: (batch, dilation * (kernel_size - 1), features)."""
        past = self.dilation * (self.kernel_size - 1)
        return [jnp.zeros((batch_size, past, features), self.compute_dtype)]

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, units)."""
        line = jnp.concatenate([state[0], x], axis=1)
        kernel = jnp.asarray(self.kernel)
        steps = x.shape[1]
        views = [line[:, k * self.dilation :][:, :steps] for k in range(self.kernel_size)]
        if self.each:
            outputs = sum(view * kernel[k, 0] for k, view in enumerate(views))
        else:
            # One product over all taps: XLA's convolutions are slow on a CPU.
            outputs = jnp.concatenate(views, axis=-1) @ kernel.reshape(-1, self.units)
        return outputs + jnp.asarray(self.bias), [line[:, steps:]]
