"""minGRU and minLSTM (Feng et al. 2024), with the settings that they share."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from echospan.models.residual import Residual

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Minimal(Residual):
    """A short convolution, then gates that do not look at the state, in residual blocks."""

    conv: int = Field(default=4, ge=1, le=1024)
    """Steps of the convolution before the gates, as in the paper's language model; 1 for none."""

    @abstractmethod
    def layer(self, **settings: Any) -> Any:
        """The gated layer."""

    def mix(self, x: keras.KerasTensor, init: Init) -> keras.KerasTensor:
        """Convolution of each feature by itself, then the gated layer."""
        from echospan.layers import CausalConv

        if self.conv > 1:
            x = CausalConv(self.units, self.conv, each=True, **self.own(init))(x)
        return self.layer(**self.own(init))(x)


class MinGRU(Minimal):
    """minGRU (Feng et al. 2024) in residual blocks.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.MinGRU(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["min-gru"] = "min-gru"

    def layer(self, **settings: Any) -> Any:
        """`echospan.layers.MinGRU`."""
        from echospan.layers import MinGRU as Layer

        return Layer(self.units, **settings)


class MinLSTM(Minimal):
    """minLSTM (Feng et al. 2024) in residual blocks.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.MinLSTM(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["min-lstm"] = "min-lstm"

    def layer(self, **settings: Any) -> Any:
        """`echospan.layers.MinLSTM`."""
        from echospan.layers import MinLSTM as Layer

        return Layer(self.units, **settings)
