"""Randomness as named streams.

One seed gives independent streams by name. Which stream a number comes from says what it is for,
so that training can never see the sequences it is judged on, whatever else changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

if TYPE_CHECKING:
    import jax
    import numpy as np

Stream = Literal["data", "init", "dropout", "validation", "evaluation", "show", "baseline"]


def stream(seed: int, name: Stream) -> jax.Array:
    """The JAX key of the stream called `name` under `seed`."""
    import jax

    # The position in `Stream` is the stream's number: append new names, never reorder.
    return jax.random.fold_in(jax.random.key(seed), get_args(Stream).index(name))


def stream_seed(seed: int, name: Stream) -> int:
    """The same stream as an integer, for libraries that want one (Keras initialisers)."""
    import jax

    return int(jax.random.randint(stream(seed, name), (), 0, 2**31 - 1))


class Draw(Protocol):
    """Where a task gets its random integers from; tests pass a NumPy one."""

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> Any:
        """Uniform integers in ``low <= value < high``, of the given shape, int32."""
        ...


class JaxDraw:
    """Random integers from a JAX key; usable inside a compiled program."""

    def __init__(self, key: jax.Array) -> None:
        self._key = key

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> jax.Array:
        """Uniform integers in ``low <= value < high``; each call continues the stream."""
        import jax

        self._key, key = jax.random.split(self._key)
        return jax.random.randint(key, shape, low, high, dtype="int32")


class NumpyDraw:
    """Random integers from a NumPy generator."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> np.ndarray:
        """Uniform integers in ``low <= value < high``."""
        return self._generator.integers(low, high, shape, dtype="int32")
