"""Linear recurrent units (Orvieto et al. 2023) in residual blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.models.residual import Residual

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class LRU(Residual):
    """Linear recurrent units (Orvieto et al. 2023) in residual blocks.

    Example:
        >>> shape = echospan.models.Signature(
        ...     symbols=10, timesteps=25, outputs="every", target_steps=25, batch_size=1
        ... )
        >>> model = echospan.models.LRU(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["lru"] = "lru"
    shortest: float = Field(default=0.4, gt=0, lt=1)
    """Smallest initial modulus of the poles: the fastest decay of a state."""
    longest: float = Field(default=0.99, gt=0, lt=1)
    """Largest initial modulus of the poles."""

    def mix(self, x: keras.KerasTensor, init: Init) -> keras.KerasTensor:
        """As many complex units as there are features."""
        from echospan import layers

        own = self.own(init)
        layer = layers.LRU(self.units, shortest=self.shortest, longest=self.longest, **own)
        return layer(x)
