"""Multi-layer perceptron on all the time steps of a sample at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.framing.plan import Outputs
from echospan.models.base import Model, Signature

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class MLP(Model):
    """Flattened time steps, one hidden layer, a dense readout. It remembers nothing."""

    kind: Literal["mlp"] = "mlp"
    units: int = Field(default=100, ge=1, le=100_000)
    """Units of the hidden layer."""

    @property
    def supported_outputs(self) -> tuple[Outputs, ...]:
        """One answer a sample."""
        return ("last",)

    def build(self, signature: Signature, init: Init) -> keras.Model:
        """Inputs (batch, time, K) -> scores (batch, K)."""
        import keras

        start, x = self.inputs.layers(None, signature.timesteps, signature.symbols, False, init)
        x = keras.layers.Flatten()(x)
        x = keras.layers.Dense(self.units, activation="relu", kernel_initializer=init.glorot())(x)
        return keras.Model(start, self.readout.layer(signature.symbols, init)(x), name="mlp")
