"""Diagonal state space layer (Gu, Gupta, Goel and Re 2022, S4D with the linear start)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import keras
import numpy as np

from echospan.arguments import number, validated, whole
from echospan.errors import ConfigError
from echospan.layers.initialisers import Initialisers, given
from echospan.layers.settings import SHARED
from echospan.layers.streaming import State, Streaming


@keras.saving.register_keras_serializable(package="echospan")
class S4D(Streaming):
    """Each feature drives `order / 2` pairs of damped oscillators, sampled with a step of its own.

    A sequence is computed as a convolution by FFT, a single step as a recurrence: both are exact.

    Args:
        order: Real numbers of state for each feature; even.
        shortest: Least sampling step at the start.
        longest: Greatest sampling step at the start.
        seed: Of the initial weights.
        stateful: Carry the state from one batch to the next.

    Example:
        >>> layer = echospan.layers.S4D()
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 4)
    """

    @validated(
        **SHARED,
        order=whole(2, 1024),
        shortest=number(above=0, most=10),
        longest=number(above=0, most=10),
    )
    def __init__(
        self,
        order: int = 16,
        *,
        shortest: float = 0.001,
        longest: float = 0.1,
        seed: int = 0,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        if shortest > longest:
            raise ConfigError("shortest", f"at most longest ({longest:g})", shortest)
        super().__init__(stateful=stateful, **kwargs)
        self.order = order
        self.shortest = shortest
        self.longest = longest
        self.seed = seed

    def build_weights(self, features: int) -> None:
        """Step, damping and frequency of the oscillators, C as (2, features, order / 2), skip."""
        init = Initialisers(self.seed)
        pairs = self.order // 2
        low, high = np.log(self.shortest), np.log(self.longest)
        self.step = self.add_weight(
            shape=(features,), initializer=init.uniform(low, high), name="step"
        )
        self.damping = self.add_weight(
            shape=(features, pairs),
            initializer=given(np.log(0.5)),
            name="damping",
        )
        self.frequency = self.add_weight(
            shape=(features, pairs),
            initializer=given(np.pi * np.arange(pairs)),
            name="frequency",
        )
        self.leave = self.add_weight(
            shape=(2, features, pairs), initializer=init.normal(0.5**0.5), name="leave"
        )
        self.skip = self.add_weight(shape=(features,), initializer=init.normal(1.0), name="skip")

    def start(self, batch_size: Any, features: int) -> State:
        """Real and imaginary parts: (batch, 2, features, order / 2)."""
        return [jnp.zeros((batch_size, 2, features, self.order // 2), "float32")]

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, features)."""
        poles = -jnp.exp(jnp.asarray(self.damping)) + 1j * jnp.asarray(self.frequency)
        growth = poles * jnp.exp(jnp.asarray(self.step))[:, None]
        leave = jnp.asarray(self.leave)
        # Zero-order hold: the input's weight (exp(growth) - 1) / pole is put into C.
        leave = 2 * (leave[0] + 1j * leave[1]) * (jnp.exp(growth) - 1) / poles
        before = state[0][:, 0] + 1j * state[0][:, 1]
        if x.shape[1] == 1:
            after = jnp.exp(growth) * before + x[:, 0, :, None]
            outputs = jnp.sum(leave * after, axis=-1).real[:, None]
        else:
            outputs, after = _convolve(x, growth, leave, before)
        kept = jnp.stack([after.real, after.imag], axis=1)
        return outputs + x * jnp.asarray(self.skip), [kept]


def _convolve(x: Any, growth: Any, leave: Any, before: Any) -> tuple[Any, Any]:
    """Outputs (batch, time, features) and the state after the last step."""
    steps = x.shape[1]
    powers = jnp.exp(growth * jnp.arange(steps + 1)[:, None, None])
    kernel = jnp.einsum("tfn,fn->tf", powers[:-1], leave).real
    # Twice the length, or the end of the sequence would reach its beginning.
    spectrum = jnp.fft.rfft(x, 2 * steps, axis=1) * jnp.fft.rfft(kernel, 2 * steps, axis=0)
    response = jnp.fft.irfft(spectrum, 2 * steps, axis=1)[:, :steps]
    held = jnp.einsum("tfn,bfn->btf", powers[1:] * leave, before).real
    driven = jnp.einsum("btf,tfn->bfn", x, powers[:-1][::-1])
    return response + held, powers[-1] * before + driven
