"""Initial weights from one named stream, so that no model touches global randomness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echospan.extras import TRAINING, needs
from echospan.random import stream_seed

if TYPE_CHECKING:
    import keras


class Init:
    """Hands out seeded initialisers, each drawing a number of its own.

    Example:
        >>> init = echospan.models.Init(0)
        >>> init.seed() == init.seed()
        False
    """

    def __init__(self, seed: int) -> None:
        needs("Building a model", *TRAINING)
        self._weights = stream_seed(seed, "init")
        self._dropout = stream_seed(seed, "dropout")

    def glorot(self) -> keras.Initializer:
        """Keras's default for input kernels (Glorot and Bengio 2010)."""
        import keras

        return keras.initializers.GlorotUniform(seed=self.seed())

    def orthogonal(self) -> keras.Initializer:
        """Keras's default for recurrent kernels (Saxe et al. 2013)."""
        import keras

        return keras.initializers.Orthogonal(seed=self.seed())

    def uniform(self) -> keras.Initializer:
        """Keras's default for embeddings."""
        import keras

        return keras.initializers.RandomUniform(-0.05, 0.05, seed=self.seed())

    def dropout(self) -> int:
        """A seed for a dropout layer."""
        self._dropout += 1
        return self._dropout

    def seed(self) -> int:
        """A seed for a layer that makes its initial weights itself."""
        self._weights += 1
        return self._weights
