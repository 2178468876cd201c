"""Causal Transformer (Vaswani et al. 2017) with a limited context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from echospan.errors import ConfigError
from echospan.models.base import Signature
from echospan.models.residual import Residual

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Transformer(Residual):
    """Causal Transformer (Vaswani et al. 2017) with a limited context.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.Transformer(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["transformer"] = "transformer"
    heads: int = Field(default=4, ge=1, le=1024)
    """Attention heads of a block; they divide the units."""
    context: int = Field(default=64, ge=1, le=100_000)
    """Steps that a block sees, the current one included."""
    positions: Literal["rotary", "sinusoidal", "none"] = "rotary"
    """Position encoding: rotary (Su et al. 2021) inside each block, sinusoidal before the
    first, or not at all."""

    @model_validator(mode="after")
    def _heads_fit(self) -> Transformer:
        if self.units % self.granularity:
            raise ConfigError(
                "model.units",
                f"a multiple of {self.granularity} for {self.heads} heads with {self.positions} "
                "positions",
                self.units,
            )
        return self

    @property
    def granularity(self) -> int:
        """Each head has as many features as the others; rotary positions turn pairs."""
        return self.heads * (2 if self.positions == "rotary" else 1)

    def receptive_field_for(self, signature: Signature) -> int:
        """Each block sees `context - 1` steps further back."""
        return 1 + self.layers * (self.context - 1)

    def embed(self, x: keras.KerasTensor, init: Init) -> keras.KerasTensor:
        """Features of each step, and its position where that is told here."""
        from echospan.layers import SinusoidalPositions

        x = super().embed(x, init)
        if self.positions == "sinusoidal":
            x = SinusoidalPositions(stateful=self.stateful)(x)
        return x

    def mix(self, x: keras.KerasTensor, init: Init) -> keras.KerasTensor:
        """Causal self-attention."""
        from echospan.layers import CausalAttention

        places: Literal["rotary", "none"] = "rotary" if self.positions == "rotary" else "none"
        return CausalAttention(self.heads, self.context, places, **self.own(init))(x)
