"""Last value: repeat what has just been seen. A baseline, and the exact answer at lag 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from echospan.models.base import Learns, Signature
from echospan.models.sequence import SequenceModel

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class LastValue(SequenceModel):
    """The newest one-hot vector, passed on."""

    kind: Literal["last-value"] = "last-value"

    @property
    def learns(self) -> Learns:
        """Nothing."""
        return "nothing"

    def receptive_field_for(self, signature: Signature) -> int:
        """The current step."""
        return 1

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """The inputs as they are."""
        return x

    def head(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """The one-hot vector serves as the scores; of numbers, the first is the answer."""
        import keras

        return keras.layers.Identity()(x if signature.features is None else x[..., :1])
