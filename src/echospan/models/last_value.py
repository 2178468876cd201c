"""Last value: repeat what has just been seen. A baseline, and the exact answer at lag 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from echospan.models.base import Model, Signature

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class LastValue(Model):
    """The newest one-hot vector, passed on."""

    kind: Literal["last-value"] = "last-value"

    def build(self, signature: Signature, init: Init) -> keras.Model:
        """Inputs (batch, time, K) -> the newest of them, or each of them."""
        import keras

        start = keras.Input(batch_shape=(None, None, signature.symbols))
        answer = start if signature.outputs == "every" else start[:, -1, :]
        return keras.Model(start, keras.layers.Identity()(answer), name="last_value")
