"""Diagonal state spaces (Gu et al. 2022, S4D) in residual blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.models.residual import Residual

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class S4D(Residual):
    """Diagonal state spaces (Gu et al. 2022, S4D) in residual blocks.

    Example:
        >>> shape = echospan.models.Signature(
        ...     symbols=10, timesteps=25, outputs="every", target_steps=25, batch_size=1
        ... )
        >>> model = echospan.models.S4D(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["s4d"] = "s4d"
    order: int = Field(default=16, ge=2, le=1024, multiple_of=2)
    """State size per feature."""
    shortest: float = Field(default=0.001, gt=0, le=10)
    """Smallest initial sampling step; its inverse is about the number of steps remembered."""
    longest: float = Field(default=0.1, gt=0, le=10)
    """Largest initial sampling step."""

    def mix(self, x: keras.KerasTensor, init: Init) -> keras.KerasTensor:
        """A state space for each feature, then a nonlinearity."""
        import keras

        from echospan import layers

        own = self.own(init)
        layer = layers.S4D(self.order, shortest=self.shortest, longest=self.longest, **own)
        x = keras.layers.Activation("gelu")(layer(x))
        return keras.layers.Dense(self.units, kernel_initializer=init.glorot())(x)
