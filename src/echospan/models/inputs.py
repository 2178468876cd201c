"""Encode values as inputs of a model. Missing values (-1) always differ from real ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from echospan.data.encoding import one_hot, scale
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Input(ABC):
    """An encoding and the layers that receive it."""

    @abstractmethod
    def encode(self, symbols: Any, width: int, xp: Any) -> Any:
        """Integers (..., time) -> what the model is fed."""

    @abstractmethod
    def layers(
        self, batch_size: int | None, timesteps: int | None, width: int, mask: bool, init: Init
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """The model's input tensor and the (batch, time, features) tensor made from it."""


class OneHot(Input):
    """A vector of width K with a one at the symbol; every entry -1 where it is missing."""

    def encode(self, symbols: Any, width: int, xp: Any) -> Any:
        """Integers (..., time) -> floats (..., time, width)."""
        return one_hot(symbols, width, xp=xp)

    def layers(
        self, batch_size: int | None, timesteps: int | None, width: int, mask: bool, init: Init
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """An input of width K, masked where every feature is -1."""
        return _floats(batch_size, timesteps, width, mask)


class Scaled(Input):
    """One number in [0, 1]; -1 where the symbol is missing."""

    def encode(self, symbols: Any, width: int, xp: Any) -> Any:
        """Integers (..., time) -> floats (..., time, 1)."""
        return scale(symbols, width, xp=xp)[..., None]

    def layers(
        self, batch_size: int | None, timesteps: int | None, width: int, mask: bool, init: Init
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """An input of one feature, masked where it is -1."""
        return _floats(batch_size, timesteps, 1, mask)


class Embedded(Input):
    """The symbol's number plus one, looked up in a table; 0 is the missing symbol.

    The cost of a step does not depend on the number of symbols.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def encode(self, symbols: Any, width: int, xp: Any) -> Any:
        """Integers (..., time) -> integers (..., time) from 0 to width."""
        return symbols + 1

    def layers(
        self, batch_size: int | None, timesteps: int | None, width: int, mask: bool, init: Init
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """An integer input and an embedding of `size` features."""
        import keras

        start = keras.Input(batch_shape=(batch_size, timesteps), dtype="int32")
        table = keras.layers.Embedding(
            width + 1, self.size, mask_zero=mask, embeddings_initializer=init.uniform()
        )
        return start, table(start)


class Numbers(Input):
    """The numbers of a value themselves; every entry -1 where it is missing."""

    def __init__(self, features: int) -> None:
        self.features = features

    def encode(self, symbols: Any, width: int, xp: Any) -> Any:
        """Numbers (..., time, features), NaN where missing -> floats of the same shape."""
        return xp.where(xp.isnan(symbols), xp.asarray(-1.0, symbols.dtype), symbols)

    def layers(
        self, batch_size: int | None, timesteps: int | None, width: int, mask: bool, init: Init
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """An input of that many features, masked where all of them are -1."""
        return _floats(batch_size, timesteps, self.features, mask)


def choose_input(name: str, embedding_size: int | None) -> Input:
    """The input called `name`.

    Raises:
        ConfigError: `embedding_size` is given where there is no embedding, or missing where there
            is one.
    """
    if name == "embedding":
        return Embedded(embedding_size or 32)
    if embedding_size is not None:
        raise ConfigError(
            "model.embedding_size", "left out unless model.input is 'embedding'", embedding_size
        )
    return {"one-hot": OneHot, "scaled": Scaled}[name]()


def _floats(
    batch_size: int | None, timesteps: int | None, features: int, mask: bool
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    import keras

    start = keras.Input(batch_shape=(batch_size, timesteps, features))
    return start, keras.layers.Masking(mask_value=-1.0)(start) if mask else start
