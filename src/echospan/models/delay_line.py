"""Delay line: the newest values as they are. It spans exactly its taps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from echospan.models.base import Learns, Signature
from echospan.models.streamed import Streamed

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class DelayLine(Streamed):
    """The current value and `taps` earlier ones, read out by ridge regression.

    The reference that is known to solve an echo: up to a lag of `taps` exactly, beyond it never.
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
