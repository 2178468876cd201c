"""Legendre memory unit (Voelker, Kajic and Eliasmith 2019)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.models.base import Signature
from echospan.models.sequence import Streamed

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class LMU(Streamed):
    """Legendre memory unit (Voelker, Kajic and Eliasmith 2019).

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.LMU(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["lmu"] = "lmu"
    units: int = Field(default=50, ge=1, le=100_000)
    """Units of the tanh layer."""
    layers: int = Field(default=1, ge=1, le=16)
    """Number of stacked layers."""
    memories: int = Field(default=4, ge=1, le=10_000)
    """Number of signals that a layer remembers."""
    order: int = Field(default=16, ge=1, le=256)
    """State size per signal."""
    theta: float = Field(default=32.0, gt=0, le=1_000_000)
    """Steps of a signal that are remembered."""

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """The layers: (batch, time, features) -> (batch, time, units)."""
        from echospan import layers

        for _ in range(self.layers):
            x = layers.LMU(self.units, self.memories, self.order, self.theta, **self.own(init))(x)
        return x
