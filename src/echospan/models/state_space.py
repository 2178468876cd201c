"""State space models: linear recurrent units, diagonal and selective state spaces."""

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
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
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


class S4D(Residual):
    """Diagonal state spaces (Gu et al. 2022, S4D) in residual blocks.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
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


class Mamba(Residual):
    """Selective state spaces (Gu and Dao 2023, Mamba), one in each block and nothing else.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
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
