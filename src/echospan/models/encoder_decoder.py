"""Encoder and decoder: read the whole input into one vector, then write the answers from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.framing.plan import Outputs
from echospan.models.base import Model, Signature

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class EncoderDecoder(Model):
    """An LSTM encoder, its last output repeated, an LSTM decoder, a dense readout per step.

    The fixed-length vector between the two is that of Cho et al. 2014; here the decoder receives
    it at every step and not what it wrote before.
    """

    kind: Literal["encoder-decoder"] = "encoder-decoder"
    units: int = Field(default=100, ge=1, le=100_000)
    """Units of the encoder and of the decoder."""

    @property
    def supported_outputs(self) -> tuple[Outputs, ...]:
        """Only answers written after the whole input."""
        return ("written",)

    def build(self, signature: Signature, init: Init) -> keras.Model:
        """Inputs (batch, time, K) -> scores (batch, written, K)."""
        import keras

        def lstm(**settings: bool) -> keras.Layer:
            return keras.layers.LSTM(
                self.units,
                seed=init.dropout(),
                kernel_initializer=init.glorot(),
                recurrent_initializer=init.orthogonal(),
                **settings,
            )

        start, x = self.inputs.layers(None, None, signature.symbols, False, init)
        x = keras.layers.RepeatVector(signature.target_steps)(lstm()(x))
        x = lstm(return_sequences=True)(x)
        return keras.Model(start, self.readout.layer(signature.symbols, init)(x), name="seq2seq")
