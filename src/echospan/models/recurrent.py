"""Settings shared by the gated and simple recurrent models: one layer and a readout."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from echospan.models.base import Model, Signature
from echospan.models.inputs import Input, choose_input
from echospan.models.readout import Classes, Readout, Value

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Recurrent(Model):
    """A recurrent layer of `units` units, then a dense readout."""

    units: int = Field(default=50, ge=1, le=100_000)
    """Units of the recurrent layer."""
    layers: int = Field(default=1, ge=1, le=16)
    """Recurrent layers on top of each other."""
    stateful: bool = False
    """Carry the state from one batch to the next, row by row, as Keras's `stateful=True` means."""
    masking: bool = False
    """Skip the steps whose value is missing."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of the layer's inputs dropped in training."""
    input: Literal["one-hot", "scaled", "embedding"] = "one-hot"
    """How symbols are given to the model."""
    embedding_size: int | None = Field(default=None, ge=1)
    """Features of the embedding; only with `input = "embedding"`."""
    output: Literal["classes", "value"] = "classes"
    """A score for each symbol, or one number to be rounded to a symbol."""

    @model_validator(mode="after")
    def _settings_are_used(self) -> Recurrent:
        choose_input(self.input, self.embedding_size)
        return self

    @property
    def inputs(self) -> Input:
        """As `input` says."""
        return choose_input(self.input, self.embedding_size)

    @property
    def readout(self) -> Readout:
        """As `output` says."""
        return Classes() if self.output == "classes" else Value()

    @property
    def carries_state(self) -> bool:
        """As `stateful` says."""
        return self.stateful

    @abstractmethod
    def layer(self, **settings: Any) -> keras.Layer:
        """The Keras layer of this architecture."""

    def build(self, signature: Signature, init: Init) -> keras.Model:
        """Inputs (batch, time, features) -> scores (batch, K), or (batch, time, K)."""
        import keras

        start, x = self.inputs.layers(
            signature.batch_size if self.stateful else None,
            None,
            signature.symbols,
            self.masking,
            init,
        )
        for depth in range(self.layers):
            x = self.layer(
                units=self.units,
                return_sequences=signature.outputs == "every" or depth < self.layers - 1,
                stateful=self.stateful,
                dropout=self.dropout,
                seed=init.dropout(),
                kernel_initializer=init.glorot(),
                recurrent_initializer=init.orthogonal(),
            )(x)
        return keras.Model(start, self.readout.layer(signature.symbols, init)(x), name=self.kind)
