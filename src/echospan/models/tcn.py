"""Temporal convolutional network (Bai, Kolter and Koltun 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.models.base import Signature
from echospan.models.sequence import Streamed

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class TCN(Streamed):
    """Temporal convolutional network (Bai, Kolter and Koltun 2018), without its weight norm.

    Level l has two convolutions whose taps are 2^l steps apart, and a residual path.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.TCN(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["tcn"] = "tcn"
    units: int = Field(default=50, ge=1, le=100_000)
    """Features of each level."""
    layers: int = Field(default=3, ge=1, le=16)
    """Levels."""
    kernel_size: int = Field(default=3, ge=2, le=1024)
    """Taps of each convolution."""

    def receptive_field_for(self, signature: Signature) -> int:
        """1 + 2 (k - 1) (2^L - 1)."""
        return int(1 + 2 * (self.kernel_size - 1) * (2**self.layers - 1))

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """The levels: (batch, time, features) -> (batch, time, units)."""
        import keras

        from echospan.layers import CausalConv

        for level in range(self.layers):
            y = x
            for _ in range(2):
                conv = CausalConv(self.units, self.kernel_size, 2**level, **self.own(init))
                y = keras.layers.ReLU()(conv(y))
            if x.shape[-1] != self.units:
                x = keras.layers.Dense(self.units, kernel_initializer=init.glorot())(x)
            x = keras.layers.ReLU()(keras.layers.Add()([x, y]))
        return x
