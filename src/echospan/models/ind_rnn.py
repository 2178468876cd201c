"""Independently recurrent network (Li et al. 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.models.base import Signature
from echospan.models.sequence import Streamed

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class IndRNN(Streamed):
    """Independently recurrent network (Li et al. 2018): each unit sees only its own past.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.IndRNN(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["ind-rnn"] = "ind-rnn"
    units: int = Field(default=64, ge=1, le=100_000)
    """Units of each layer."""
    layers: int = Field(default=2, ge=1, le=16)
    """Number of stacked layers; each layer combines the units of the one below."""

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """The layers: (batch, time, features) -> (batch, time, units)."""
        from echospan.layers import IndRNN as Layer

        for _ in range(self.layers):
            x = Layer(self.units, **self.own(init))(x)
        return x
