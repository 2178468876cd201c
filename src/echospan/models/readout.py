"""How a model's outputs are scored while it learns, and read as symbols once it has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from echospan.data.encoding import scale, unscale

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Readout(ABC):
    """A last layer, its loss, and the way back to symbols."""

    @abstractmethod
    def layer(self, width: int, init: Init) -> keras.Layer:
        """The last layer."""

    @abstractmethod
    def loss(self) -> keras.Loss:
        """The loss that trains it, averaged over the scored targets."""

    @abstractmethod
    def metrics(self) -> list[keras.Metric]:
        """What is reported of each epoch beside the loss."""

    @abstractmethod
    def targets(self, symbols: Any, width: int, xp: Any) -> Any:
        """Integers (...) without missing ones -> what the loss compares with."""

    @abstractmethod
    def decode(self, outputs: Any, width: int, xp: Any) -> Any:
        """Outputs (..., features) -> integers (...)."""


class Classes(Readout):
    """A score (logit) for each symbol, trained with cross-entropy."""

    def layer(self, width: int, init: Init) -> keras.Layer:
        """A dense layer of K logits; softmax is left to the loss, where it is more exact."""
        import keras

        return keras.layers.Dense(width, kernel_initializer=init.glorot())

    def loss(self) -> keras.Loss:
        """Cross-entropy in nats; chance is ln K."""
        import keras

        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def metrics(self) -> list[keras.Metric]:
        """Share of the scored answers that are right."""
        import keras

        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def targets(self, symbols: Any, width: int, xp: Any) -> Any:
        """The symbols themselves."""
        return symbols

    def decode(self, outputs: Any, width: int, xp: Any) -> Any:
        """The symbol with the highest score."""
        return xp.argmax(outputs, axis=-1)


class Value(Readout):
    """One number in [0, 1], trained with the squared error."""

    def layer(self, width: int, init: Init) -> keras.Layer:
        """A dense layer of one linear unit."""
        import keras

        return keras.layers.Dense(1, kernel_initializer=init.glorot())

    def loss(self) -> keras.Loss:
        """Mean squared error on the scaled values; the best constant scores about 1/12."""
        import keras

        return keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")

    def metrics(self) -> list[keras.Metric]:
        """None: accuracy has no meaning before rounding."""
        return []

    def targets(self, symbols: Any, width: int, xp: Any) -> Any:
        """The scaled symbols (..., 1)."""
        return scale(symbols, width, xp=xp)[..., None]

    def decode(self, outputs: Any, width: int, xp: Any) -> Any:
        """The nearest symbol."""
        return unscale(outputs[..., 0], width, xp=xp)
