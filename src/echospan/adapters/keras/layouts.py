"""How a sequence is laid out for a Keras model that doesn't take whole sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from echospan.tasks import MISSING


@dataclass(frozen=True)
class FullSequence:
    """The model takes whole sequences and gives an output at every step."""

    def inputs(self, inputs: Any, xp: Any) -> Any:
        """Inputs (batch, time) unchanged."""
        return inputs

    def targets(self, targets: Any, xp: Any) -> Any:
        """Targets (batch, time) unchanged."""
        return targets

    def outputs(self, outputs: Any, batch_size: int, steps: int) -> Any:
        """Scores (batch, time, K) unchanged."""
        return outputs


@dataclass(frozen=True)
class SlidingWindow:
    """The model takes the last `size` steps and gives an output at the newest one.

    Every step is a sample. Steps before the beginning of the sequence are `echospan.tasks.MISSING`.
    """

    size: int

    def inputs(self, inputs: Any, xp: Any) -> Any:
        """Symbols (batch, time) -> windows (batch * time, size), the newest step last."""
        batch_size, steps = inputs.shape
        before = xp.full((batch_size, self.size - 1), MISSING, dtype=inputs.dtype)
        padded = xp.concatenate([before, inputs], axis=1)
        places = xp.arange(steps)[:, None] + xp.arange(self.size)[None]
        return padded[:, places].reshape(batch_size * steps, self.size)

    def targets(self, targets: Any, xp: Any) -> Any:
        """Targets (batch, time) -> (batch * time,)."""
        return targets.reshape(-1)

    def outputs(self, outputs: Any, batch_size: int, steps: int) -> Any:
        """Scores (batch * time, K) -> (batch, time, K)."""
        return outputs.reshape(batch_size, steps, -1)


Layout = FullSequence | SlidingWindow
