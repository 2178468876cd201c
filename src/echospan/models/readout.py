"""How a model's outputs are scored while it learns, and read as answers once it has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.data.encoding import scale, unscale

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Readout(ABC):
    """A last layer, its loss, and the way back to the task's answers."""

    probabilities: ClassVar[bool] = False
    """Whether the outputs are probabilities, not scores."""

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
        """Targets (...) without missing ones -> what the loss compares with."""

    @abstractmethod
    def decode(self, outputs: Any, width: int, xp: Any) -> Any:
        """Outputs (..., features) -> answers (...), symbols or numbers."""


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


class _Linear(Readout):
    """One number, trained with the squared error."""

    def layer(self, width: int, init: Init) -> keras.Layer:
        """A dense layer of one linear unit."""
        import keras

        return keras.layers.Dense(1, kernel_initializer=init.glorot())

    def loss(self) -> keras.Loss:
        """Mean squared error."""
        import keras

        return keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")

    def metrics(self) -> list[keras.Metric]:
        """None beside the loss: accuracy has no meaning before answers are read."""
        return []


class Number(_Linear):
    """One number as it is."""

    def targets(self, symbols: Any, width: int, xp: Any) -> Any:
        """Numbers (...) -> (..., 1)."""
        return symbols[..., None]

    def decode(self, outputs: Any, width: int, xp: Any) -> Any:
        """The number itself (...)."""
        return outputs[..., 0]


class Value(_Linear):
    """A symbol as one number in [0, 1]; the best constant has a squared error of about 1/12."""

    def targets(self, symbols: Any, width: int, xp: Any) -> Any:
        """The scaled symbols (..., 1)."""
        return scale(symbols, width, xp=xp)[..., None]

    def decode(self, outputs: Any, width: int, xp: Any) -> Any:
        """The nearest symbol."""
        return unscale(outputs[..., 0], width, xp=xp)
