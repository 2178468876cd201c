"""Legendre memory unit (Voelker, Kajic and Eliasmith 2019)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import keras
import numpy as np

from echospan.arguments import number, validated, whole
from echospan.layers.initialisers import Initialisers, given
from echospan.layers.recurrence import in_order
from echospan.layers.settings import SHARED, UNITS
from echospan.layers.streaming import State, Units


@keras.saving.register_keras_serializable(package="echospan")
class LMU(Units):
    """A tanh layer beside memories that each hold the last `theta` steps of one signal.

    A memory is a linear system whose states are the coefficients of the signal's last `theta` steps
    in Legendre polynomials. Its matrices are fixed; what is written into it is learned.

    Args:
        units: Units of the tanh layer.
        memories: Signals remembered.
        order: Coefficients for each signal.
        theta: Steps that are remembered.
        seed: Of the initial weights.
        stateful: Carry the state from one batch to the next.

    Example:
        >>> layer = echospan.layers.LMU(6)
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 6)
    """

    @validated(
        **SHARED,
        units=UNITS,
        memories=whole(1, 10_000),
        order=whole(1, 256),
        theta=number(above=0, most=1_000_000),
    )
    def __init__(
        self,
        units: int,
        memories: int = 4,
        order: int = 16,
        theta: float = 32.0,
        *,
        seed: int = 0,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(stateful=stateful, **kwargs)
        self.units = units
        self.memories = memories
        self.order = order
        self.theta = theta
        self.seed = seed

    def build_weights(self, features: int) -> None:
        """What is written (from input, units, memory), what drives the units (from the same)."""
        init = Initialisers(self.seed)
        units, held = self.units, self.memories * self.order

        def weight(name: str, shape: tuple[int, ...], initializer: Any) -> Any:
            return self.add_weight(shape=shape, initializer=initializer, name=name)

        # The starts of the paper's reference code: nothing of the memory is written back at first.
        write = init.uniform(-((3 / features) ** 0.5), (3 / features) ** 0.5)
        self.write_input = weight("write_input", (features, self.memories), write)
        self.write_units = weight("write_units", (units, self.memories), "zeros")
        self.write_memory = weight("write_memory", (held, self.memories), "zeros")
        self.drive_input = weight("drive_input", (features, units), init.glorot())
        self.drive_units = weight("drive_units", (units, units), init.orthogonal())
        self.drive_memory = weight("drive_memory", (held, units), init.glorot())
        system = legendre(self.order, self.theta)
        self.system = [
            self.add_weight(
                shape=part.shape,
                initializer=given(part),
                trainable=False,
                name=name,
            )
            for name, part in zip(("keep", "take"), system, strict=True)
        ]

    def start(self, batch_size: Any, features: int) -> State:
        """Units (batch, units), memory (batch, memories, order)."""
        return [
            jnp.zeros((batch_size, self.units), self.compute_dtype),
            jnp.zeros((batch_size, self.memories, self.order), self.compute_dtype),
        ]

    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """(batch, time, features) -> (batch, time, units)."""
        keep, take = (jnp.asarray(part) for part in self.system)
        write_units, write_memory = jnp.asarray(self.write_units), jnp.asarray(self.write_memory)
        drive_units, drive_memory = jnp.asarray(self.drive_units), jnp.asarray(self.drive_memory)

        def step(before: Any, driven: Any) -> tuple[Any, Any]:
            h, memory = before
            flat = memory.reshape(len(memory), -1)
            written = driven[0] + h @ write_units + flat @ write_memory
            memory = memory @ keep.T + written[..., None] * take
            flat = memory.reshape(len(memory), -1)
            h = jnp.tanh(driven[1] + h @ drive_units + flat @ drive_memory)
            return (h, memory), h

        driven = (x @ jnp.asarray(self.write_input), x @ jnp.asarray(self.drive_input))
        after, outputs = in_order(step, tuple(state), driven)
        return outputs, list(after)


def legendre(order: int, theta: float) -> tuple[np.ndarray, np.ndarray]:
    """The memory's matrices (order, order) and (order,), held constant between steps of 1.

    Voelker et al. 2019, equation 2, and its exact solution for an input that is constant in a step.
    """
    from scipy.linalg import expm

    i, j = np.meshgrid(np.arange(order), np.arange(order), indexing="ij")
    scale = (2 * i + 1) / theta
    flow = scale * np.where(i < j, -1.0, (-1.0) ** (i - j + 1))
    entry = scale[:, :1] * (-1.0) ** i[:, :1]
    both = np.zeros((order + 1, order + 1))
    both[:order, :order], both[:order, order:] = flow, entry
    solved = expm(both)
    return solved[:order, :order], solved[:order, order]
