"""Multi-layer perceptron on all the time steps of a sample at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.framing.plan import Outputs
from echospan.models.base import Signature
from echospan.models.sequence import SequenceModel

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class MLP(SequenceModel):
    """Flattened time steps, one hidden layer, a dense readout. It remembers nothing."""

    kind: Literal["mlp"] = "mlp"
    units: int = Field(default=100, ge=1, le=100_000)
    """Units of the hidden layer."""

    @property
    def supported_outputs(self) -> tuple[Outputs, ...]:
        """One answer a sample."""
        return ("last",)

    @property
    def fixed_length(self) -> bool:
        """Each time step has weights of its own."""
        return True

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """All time steps side by side, then the hidden layer: (batch, units)."""
        import keras

        x = keras.layers.Flatten()(x)
        return keras.layers.Dense(self.units, activation="relu", kernel_initializer=init.glorot())(
            x
        )
