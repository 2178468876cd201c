"""Chance: an answer that has nothing to do with the input. The baseline of all baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from echospan.framings.plan import Outputs
from echospan.models.base import Learns, Signature
from echospan.models.sequence import SequenceModel

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Chance(SequenceModel):
    """A uniformly drawn symbol at every step."""

    kind: Literal["chance"] = "chance"

    @property
    def supported_outputs(self) -> tuple[Outputs, ...]:
        """Any: it never looks."""
        return ("last", "every", "written")

    @property
    def takes_numbers(self) -> bool:
        """No: the best constant is a number that it cannot know."""
        return False

    @property
    def learns(self) -> Learns:
        """Nothing."""
        return "nothing"

    def receptive_field_for(self, signature: Signature) -> int:
        """No step at all."""
        return 0

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """The inputs, for their shape; as many of them as there are answers."""
        import keras

        if signature.outputs == "written":
            return keras.layers.RepeatVector(signature.target_steps)(x[:, -1])
        return x

    def head(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """Gaussian scores: every symbol is equally often the highest."""
        from echospan.layers import Noise

        return Noise(init.dropout())(x)
