"""Inputs and outputs that only users' own models have: integers in, probabilities out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from echospan.models.init import Init
from echospan.models.inputs import Input
from echospan.models.readout import Classes

if TYPE_CHECKING:
    import keras


class Integers(Input):
    """The symbols themselves, (batch, time), for a model with an embedding of its own."""

    def encode(self, symbols: Any, width: int, xp: Any) -> Any:
        """The symbols unchanged; a missing one becomes symbol 0."""
        return xp.maximum(symbols, 0)

    def layers(
        self, batch_size: int | None, timesteps: int | None, width: int, mask: bool, init: Init
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """Not used: the user's model has its own input layers."""
        raise NotImplementedError


class Probabilities(Classes):
    """Probabilities instead of logits: the model ends in a softmax."""

    probabilities: ClassVar[bool] = True

    def loss(self) -> keras.Loss:
        """Cross-entropy in nats of the probabilities."""
        import keras

        return keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")
