"""Encoder and decoder: read the whole input into one vector, then write the answers from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.framings.plan import Outputs
from echospan.models.base import Signature
from echospan.models.sequence import SequenceModel

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class EncoderDecoder(SequenceModel):
    """LSTM encoder, its last output repeated, LSTM decoder, dense output layer per step.

    The fixed-length vector between the two is that of Cho et al. 2014; here the decoder receives
    it at every step and not what it wrote before.

    Example:
        >>> shape = echospan.models.Signature(
        ...     symbols=10, timesteps=5, outputs="written", target_steps=5, batch_size=1
        ... )
        >>> model = echospan.models.EncoderDecoder(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, 5, 10)
    """

    kind: Literal["encoder-decoder"] = "encoder-decoder"
    units: int = Field(default=100, ge=1, le=100_000)
    """Units of the encoder and of the decoder."""

    @property
    def supported_outputs(self) -> tuple[Outputs, ...]:
        """Only answers written after the whole input."""
        return ("written",)

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """(batch, time, features) -> (batch, written, units)."""
        import keras

        def lstm(**settings: bool) -> keras.Layer:
            return keras.layers.LSTM(
                self.units,
                seed=init.dropout(),
                kernel_initializer=init.glorot(),
                recurrent_initializer=init.orthogonal(),
                **settings,
            )

        x = keras.layers.RepeatVector(signature.target_steps)(lstm()(x))
        return lstm(return_sequences=True)(x)
