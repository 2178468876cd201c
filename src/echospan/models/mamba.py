"""Selective state spaces (Gu and Dao 2023, Mamba)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.models.residual import Residual

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Mamba(Residual):
    """Selective state spaces (Gu and Dao 2023, Mamba), one in each block and nothing else.

    Example:
        >>> shape = echospan.models.Signature(
        ...     symbols=10, timesteps=25, outputs="every", target_steps=25, batch_size=1
        ... )
        >>> model = echospan.models.Mamba(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["mamba"] = "mamba"
    expand: int = Field(default=0, ge=0, le=16)
    """Width of a feed-forward part of a block, as a multiple of `units`; 0 for none."""
    inner: int = Field(default=2, ge=1, le=16)
    """Features inside a state space, as a multiple of `units`."""
    order: int = Field(default=16, ge=1, le=1024)
    """State size per inner feature."""
    conv: int = Field(default=4, ge=1, le=1024)
    """Steps of the convolution before the states."""

    def mix(self, x: keras.KerasTensor, init: Init) -> keras.KerasTensor:
        """A selective state space."""
        from echospan.layers import SelectiveSSM

        return SelectiveSSM(self.order, self.inner, self.conv, **self.own(init))(x)
