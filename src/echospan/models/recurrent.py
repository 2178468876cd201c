"""LSTM, GRU and SimpleRNN: recurrent layers of one kind, with the settings that they share."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator

from echospan.models.base import Signature
from echospan.models.inputs import Input, choose_input
from echospan.models.readout import Classes, Readout, Value
from echospan.models.sequence import SequenceModel

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Recurrent(SequenceModel):
    """Recurrent layers of `units` units, then a dense readout.

    Example:
        >>> from typing import Literal
        >>> class Clockless(echospan.models.Recurrent):
        ...     kind: Literal["clockless"] = "clockless"
        ...
        ...     def layer(self, **settings):
        ...         return keras.layers.SimpleRNN(activation="relu", **settings)
        >>> Clockless(units=8, layers=2).units
        8
    """

    symbol_settings: ClassVar[tuple[str, ...]] = ("input", "embedding_size", "output")

    units: int = Field(default=50, ge=1, le=100_000)
    """Units of each recurrent layer."""
    layers: int = Field(default=1, ge=1, le=16)
    """Number of stacked recurrent layers."""
    stateful: bool = False
    """Carry the state from one batch to the next, row by row, as Keras's `stateful=True` means."""
    masking: bool = False
    """Skip the steps whose value is missing."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Dropout rate of the layer's inputs."""
    input: Literal["one-hot", "scaled", "embedding"] = "one-hot"
    """Encoding of the input symbols."""
    embedding_size: int | None = Field(default=None, ge=1)
    """Features of the embedding; only with `input = "embedding"`."""
    output: Literal["classes", "value"] = "classes"
    """A score for each symbol, or one number to be rounded to a symbol."""

    @model_validator(mode="after")
    def _settings_are_used(self) -> Recurrent:
        choose_input(self.input, self.embedding_size)
        return self

    @property
    def symbol_input(self) -> Input:
        """As `input` says."""
        return choose_input(self.input, self.embedding_size)

    @property
    def symbol_readout(self) -> Readout:
        """As `output` says."""
        return Classes() if self.output == "classes" else Value()

    @property
    def carries_state(self) -> bool:
        """As `stateful` says."""
        return self.stateful

    @property
    def masks_missing(self) -> bool:
        """As `masking` says."""
        return self.masking

    @abstractmethod
    def layer(self, **settings: Any) -> keras.Layer:
        """The Keras layer of this architecture."""

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """The layers on top of each other."""
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
        return x


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber 1997) with a forget gate (Gers 2000).

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.LSTM(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["lstm"] = "lstm"

    def layer(self, **settings: Any) -> keras.Layer:
        """`keras.layers.LSTM`."""
        import keras

        return keras.layers.LSTM(**settings)


class GRU(Recurrent):
    """Gated recurrent unit (Cho et al. 2014), reset after the product as Keras has it.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.GRU(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["gru"] = "gru"

    def layer(self, **settings: Any) -> keras.Layer:
        """`keras.layers.GRU`."""
        import keras

        return keras.layers.GRU(**settings)


class SimpleRNN(Recurrent):
    """Simple recurrent network (Elman 1990) with tanh and orthogonal initial weights.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.SimpleRNN(units=16)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["simple-rnn"] = "simple-rnn"

    def layer(self, **settings: Any) -> keras.Layer:
        """`keras.layers.SimpleRNN`."""
        import keras

        return keras.layers.SimpleRNN(**settings)
