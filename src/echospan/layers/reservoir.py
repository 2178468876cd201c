"""Echo state networks: recurrent layers whose weights are drawn once and never learned."""

from __future__ import annotations

from typing import Any, Literal

import jax.numpy as jnp
import keras
import numpy as np

from echospan.arguments import number, one_of, validated
from echospan.layers.initialisers import Initialisers, as_made, orthogonal
from echospan.layers.recurrence import in_order
from echospan.layers.settings import SHARED, UNITS
from echospan.layers.streaming import State, Units

Topology = Literal["random", "ring", "orthogonal"]


@keras.saving.register_keras_serializable(package="echospan")
class Reservoir(Units):
    """h_t = (1 - leak) h_{t-1} + leak * f(W h_{t-1} + V x_t), with W and V fixed (Jaeger 2001).

    With `mixing` b it is an edge-of-stability network, ES2N (Ceni and Gallicchio 2023):
    h_t = (1 - b) Q h_{t-1} + b * f(W h_{t-1} + V x_t), Q a fixed orthogonal matrix.

    Args:
        units: Units.
        topology: "random" (normal entries), "ring" (each unit hears one other; Rodan and Tino
            2011), or "orthogonal" (a random orthogonal matrix; White, Lee and Sompolinsky 2004).
        radius: Spectral radius of W.
        input_scaling: V is uniform between minus and plus this.
        leak: Share of the state that is renewed in a step.
        mixing: b of ES2N; left out, an ordinary network.
        activation: f, "tanh" or "linear".
        seed: Of the weights.
        stateful: Carry the state from one batch to the next.

    Example:
        >>> layer = echospan.layers.Reservoir(6)
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 6)
    """

    @validated(
        **SHARED,
        units=UNITS,
        topology=one_of("random", "ring", "orthogonal"),
        radius=number(above=0, most=10),
        input_scaling=number(above=0, most=1000),
        leak=number(above=0, most=1),
        mixing=number(above=0, most=1),
        activation=one_of("tanh", "linear"),
    )
    def __init__(
        self,
        units: int,
        topology: Topology = "random",
        *,
        radius: float = 0.9,
        input_scaling: float = 0.1,
        leak: float = 1.0,
        mixing: float | None = None,
        activation: Literal["tanh", "linear"] = "tanh",
        seed: int = 0,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(stateful=stateful, **kwargs)
        self.units = units
        self.topology = topology
        self.radius = radius
        self.input_scaling = input_scaling
        self.leak = leak
        self.mixing = mixing
        self.activation = activation
        self.seed = seed

    def build_weights(self, features: int) -> None:
        """V, W and, with `mixing`, Q; none of them is trained."""
        init = Initialisers(self.seed)
        scaling = self.input_scaling

        def fixed(name: str, shape: tuple[int, ...], initializer: Any) -> Any:
            return self.add_weight(shape=shape, initializer=initializer, trainable=False, name=name)

        square = (self.units, self.units)
        draw = init.generator()
        made = as_made(lambda shape: self.radius * _unit_radius(self.topology, shape[0], draw))
        self.kernel = fixed("kernel", (features, self.units), init.uniform(-scaling, scaling))
        self.recurrent = fixed("recurrent", square, made)
        if self.mixing is not None:
            self.turn = fixed("turn", square, init.orthogonal())

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, units)."""
        recurrent = jnp.asarray(self.recurrent)
        mixing = self.mixing or 0.0
        turn = None if self.mixing is None else jnp.asarray(self.turn)

        def step(h: Any, driven: Any) -> tuple[Any, Any]:
            new = driven + h @ recurrent
            new = jnp.tanh(new) if self.activation == "tanh" else new
            if turn is None:
                h = (1 - self.leak) * h + self.leak * new
            else:
                h = (1 - mixing) * (h @ turn) + mixing * new
            return h, h

        after, outputs = in_order(step, state[0], x @ jnp.asarray(self.kernel))
        return outputs, [after]


def _unit_radius(topology: Topology, units: int, draw: np.random.Generator) -> np.ndarray:
    """A matrix (units, units) whose spectral radius is 1."""
    if topology == "ring":
        return np.roll(np.eye(units), 1, axis=1)
    if topology == "orthogonal":
        return orthogonal(units, draw)
    matrix = draw.normal(size=(units, units))
    scaled: np.ndarray = matrix / np.abs(np.linalg.eigvals(matrix)).max()
    return scaled
