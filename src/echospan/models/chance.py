"""Chance: an answer that has nothing to do with the input. The baseline of all baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from echospan.framing.plan import Outputs
from echospan.models.base import Model, Signature

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Chance(Model):
    """A uniformly drawn symbol at every step."""

    kind: Literal["chance"] = "chance"

    @property
    def supported_outputs(self) -> tuple[Outputs, ...]:
        """Any: it never looks."""
        return ("last", "every", "written")

    def build(self, signature: Signature, init: Init) -> keras.Model:
        """Inputs (batch, time, K) -> random scores in the shape that is asked for."""
        import keras

        start = keras.Input(batch_shape=(None, None, signature.symbols))
        x = start if signature.outputs == "every" else start[:, -1, :]
        if signature.outputs == "written":
            x = keras.layers.RepeatVector(signature.target_steps)(x)
        noise = keras.layers.GaussianNoise(1.0, seed=init.dropout())
        # Gaussian scores: every symbol is equally often the highest.
        guess = noise(keras.ops.zeros_like(x), training=True)
        return keras.Model(start, guess, name="chance")
