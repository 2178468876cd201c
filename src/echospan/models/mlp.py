"""Multi-layer perceptron on the newest values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.models.base import Signature
from echospan.models.sequence import SequenceModel

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


DEFAULT_WINDOW = 8


class MLP(SequenceModel):
    """One hidden layer and a dense output layer on a window of values.

    It remembers nothing: what is not in view cannot be answered.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.MLP(units=16, window=3)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["mlp"] = "mlp"
    units: int = Field(default=100, ge=1, le=100_000)
    """Units of the hidden layer."""

    window: int | None = Field(default=None, ge=1, le=10_000)
    """Values in the window; by default the whole sample if it has one output, or 8 if every step
    has one."""

    @property
    def fixed_length(self) -> bool:
        """Without `window`, each time step of a sample has weights of its own."""
        return self.window is None

    def receptive_field_for(self, signature: Signature) -> int:
        """The values in view."""
        whole = signature.timesteps if signature.outputs == "last" else DEFAULT_WINDOW
        return self.window or whole

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """Values side by side, then the hidden layer."""
        import keras

        from echospan.layers import Taps

        if self.window is None and signature.outputs == "last":
            x = keras.layers.Flatten()(x)
        else:
            x = Taps(self.receptive_field_for(signature))(x)
        return keras.layers.Dense(self.units, activation="relu", kernel_initializer=init.glorot())(
            x
        )
