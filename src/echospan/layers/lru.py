"""Linear recurrent unit (Orvieto et al. 2023, "Resurrecting recurrent neural networks")."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import keras
import numpy as np

from echospan.arguments import number, validated
from echospan.errors import ConfigError
from echospan.layers.initialisers import Initialisers, given
from echospan.layers.recurrence import linear
from echospan.layers.settings import SHARED, UNITS
from echospan.layers.streaming import State, Streaming


@keras.saving.register_keras_serializable(package="echospan")
class LRU(Streaming):
    """h_t = a * h_{t-1} + g * B x_t with complex a inside the unit circle; y = Re(C h) + d * x.

    `a = exp(-exp(nu) + i exp(theta))` stays inside whatever is learned; g is ``sqrt(1 - |a|^2)`` at
    the start, which keeps the state's size.

    Args:
        units: Complex units.
        shortest: Least modulus of `a` at the start.
        longest: Greatest modulus of `a` at the start.
        seed: Of the initial weights.
        stateful: Carry the state from one batch to the next.

    Example:
        >>> layer = echospan.layers.LRU(6)
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 4)
    """

    @validated(
        **SHARED, units=UNITS, shortest=number(above=0, below=1), longest=number(above=0, below=1)
    )
    def __init__(
        self,
        units: int,
        *,
        shortest: float = 0.4,
        longest: float = 0.99,
        seed: int = 0,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        if shortest > longest:
            raise ConfigError("shortest", f"at most longest ({longest:g})", shortest)
        super().__init__(stateful=stateful, **kwargs)
        self.units = units
        self.shortest = shortest
        self.longest = longest
        self.seed = seed

    def build_weights(self, features: int) -> None:
        """The poles `nu` and `theta`, the gain, B (features, 2 units), C (2 units, features), d."""
        init = Initialisers(self.seed)
        draw = init.generator()
        # Uniform on the ring: the square of the modulus is uniform.
        square = draw.uniform(self.shortest**2, self.longest**2, self.units)
        angle = draw.uniform(0.0, 2 * np.pi, self.units)
        start = {
            "nu": np.log(-0.5 * np.log(square)),
            "theta": np.log(angle),
            "gain": 0.5 * np.log(1 - square),
        }
        for name, values in start.items():
            weight = self.add_weight(shape=(self.units,), initializer=given(values), name=name)
            setattr(self, name, weight)
        wide = 2 * self.units
        self.enter = self.add_weight(
            shape=(features, wide), initializer=init.normal((2 * features) ** -0.5), name="enter"
        )
        self.leave = self.add_weight(
            shape=(wide, features), initializer=init.normal(self.units**-0.5), name="leave"
        )
        self.skip = self.add_weight(shape=(features,), initializer=init.normal(1.0), name="skip")

    def start(self, batch_size: Any, features: int) -> State:
        """Real and imaginary part: (batch, 2 units)."""
        return [jnp.zeros((batch_size, 2 * self.units), "float32")]

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, features)."""
        nu, theta = jnp.asarray(self.nu), jnp.asarray(self.theta)
        poles = jnp.exp(-jnp.exp(nu) + 1j * jnp.exp(theta))
        drive = _complex(x @ jnp.asarray(self.enter)) * jnp.exp(jnp.asarray(self.gain))
        decay = jnp.broadcast_to(poles, (1, *drive.shape[1:]))
        h = linear(decay, drive, _complex(state[0]))
        flat = jnp.concatenate([h.real, h.imag], axis=-1).astype(x.dtype)
        outputs = flat @ jnp.asarray(self.leave) + x * jnp.asarray(self.skip)
        return outputs, [flat[:, -1]]


def _complex(parts: Any) -> Any:
    real, imaginary = jnp.split(parts, 2, axis=-1)
    return real + 1j * imaginary
