"""Blocks with residual paths: what attention and state space models have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from pydantic import Field

from echospan.models.base import Signature
from echospan.models.sequence import Streamed

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Residual(Streamed):
    """An embedding of `units` features, then blocks that mix over time and within a step.

    Each part of a block is added to what it was given, and normalises its input (Xiong et al. 2020,
    pre-norm).
    """

    units: int = Field(default=64, ge=1, le=100_000)
    """Features between the blocks."""
    layers: int = Field(default=2, ge=1, le=16)
    """Number of stacked blocks."""
    expand: int = Field(default=2, ge=0, le=16)
    """Width of the feed-forward part of a block, as a multiple of `units`; 0 for none."""

    @abstractmethod
    def mix(self, x: keras.KerasTensor, init: Init) -> keras.KerasTensor:
        """Mixes over time: (batch, time, units) -> (batch, time, units)."""

    def embed(self, x: keras.KerasTensor, init: Init) -> keras.KerasTensor:
        """Features of each step by itself: (batch, time, units)."""
        import keras

        return keras.layers.Dense(self.units, kernel_initializer=init.glorot())(x)

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """The blocks: (batch, time, features) -> (batch, time, units)."""
        import keras

        def normalised(x: keras.KerasTensor) -> keras.KerasTensor:
            return keras.layers.LayerNormalization(epsilon=1e-5)(x)

        x = self.embed(x, init)
        for _ in range(self.layers):
            x = keras.layers.Add()([x, self.mix(normalised(x), init)])
            if self.expand:
                x = keras.layers.Add()([x, self._feed_forward(normalised(x), init)])
        return normalised(x)

    def _feed_forward(self, x: keras.KerasTensor, init: Init) -> keras.KerasTensor:
        import keras

        wide = keras.layers.Dense(
            self.expand * self.units, activation="gelu", kernel_initializer=init.glorot()
        )
        return keras.layers.Dense(self.units, kernel_initializer=init.glorot())(wide(x))
