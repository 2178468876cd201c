"""One seed for a layer, a stream of its own for each of its weights.

Drawn with NumPy: Keras's initialisers compile a program for every new shape, which takes longer
than all else when a small model is built.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Initialiser = Callable[..., Any]


class Initialisers:
    """Keras initialisers; a layer with the same seed has the same weights."""

    def __init__(self, seed: int) -> None:
        self._seeds = np.random.SeedSequence(seed)

    def glorot(self) -> Initialiser:
        """Uniform with variance 2 / (inputs + outputs) (Glorot and Bengio 2010)."""
        draw = self.generator()

        def make(shape: tuple[int, ...]) -> np.ndarray:
            field = math.prod(shape[:-2])
            bound = math.sqrt(6 / (field * (shape[-2] + shape[-1])))
            return draw.uniform(-bound, bound, shape)

        return as_made(make)

    def uniform(self, low: float, high: float) -> Initialiser:
        """Uniform between two numbers."""
        draw = self.generator()
        return as_made(lambda shape: draw.uniform(low, high, shape))

    def normal(self, deviation: float) -> Initialiser:
        """Normal around zero."""
        draw = self.generator()
        return as_made(lambda shape: draw.normal(0.0, deviation, shape))

    def orthogonal(self) -> Initialiser:
        """A random orthogonal matrix (Saxe et al. 2013)."""
        draw = self.generator()
        return as_made(lambda shape: orthogonal(shape[0], draw))

    def generator(self) -> np.random.Generator:
        """The next stream, for weights that are made by a recipe of their own."""
        return np.random.default_rng(self._seeds.spawn(1)[0])


def as_made(make: Callable[[tuple[int, ...]], np.ndarray]) -> Initialiser:
    """A Keras initialiser from a function of the shape that gives a NumPy array."""

    def initialise(shape: tuple[int, ...], dtype: str | None = None) -> Any:
        return keras.ops.convert_to_tensor(make(shape).astype(dtype or "float32"))

    return initialise


def given(values: Any) -> Initialiser:
    """A Keras initialiser that gives these numbers, repeated to fill the shape."""
    return as_made(lambda shape: np.broadcast_to(np.asarray(values), shape))


def orthogonal(size: int, draw: np.random.Generator) -> np.ndarray:
    """A matrix (size, size), uniform over the orthogonal group (Mezzadri 2007)."""
    q, r = np.linalg.qr(draw.normal(size=(size, size)))
    turned: np.ndarray = q * np.sign(np.diag(r))
    return turned
