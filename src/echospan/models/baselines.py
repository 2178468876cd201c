"""Models that learn nothing, or nearly: the references that every other one is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.framings.plan import Outputs
from echospan.models.base import Learns, Signature
from echospan.models.sequence import SequenceModel, Streamed

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class Chance(SequenceModel):
    """A uniformly drawn symbol at every step, whatever the input.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.Chance()
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

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


class LastValue(SequenceModel):
    """The newest value, passed on: the exact answer at lag 0.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.LastValue()
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

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


class DelayLine(Streamed):
    """The current value and `taps` earlier ones, read out by ridge regression.

    The reference that is known to solve an echo: up to a lag of `taps` exactly, beyond it never.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.DelayLine(taps=4)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["delay-line"] = "delay-line"
    taps: int = Field(default=10, ge=0, le=10_000)
    """Earlier values that are kept."""

    @property
    def learns(self) -> Learns:
        """The readout alone, in closed form."""
        return "ridge"

    def receptive_field_for(self, signature: Signature) -> int:
        """The taps and the current value."""
        return self.taps + 1

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """(batch, time, features) -> (batch, time, (taps + 1) * features)."""
        from echospan.layers import Taps

        return Taps(self.taps + 1, stateful=self.stateful)(x)
