"""Settings shared by minGRU and minLSTM (Feng et al. 2024)."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

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
