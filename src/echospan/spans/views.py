"""How a sequence is laid out for a model that does not take whole sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from echospan.tasks import MISSING


@dataclass(frozen=True)
class Sequence:
    """The model takes whole sequences and answers every step."""

    def inputs(self, symbols: Any, xp: Any) -> Any:
        """Symbols (rows, time) as they are."""
        return symbols

    def targets(self, targets: Any, xp: Any) -> Any:
        """Targets (rows, time) as they are."""
        return targets

    def outputs(self, outputs: Any, rows: int, steps: int) -> Any:
        """Scores (rows, time, K) as they are."""
        return outputs


@dataclass(frozen=True)
class Window:
    """The model takes the last `size` steps and answers the newest: every step is a sample.

    Steps before the sequence's beginning are missing.
    """

    size: int

    def inputs(self, symbols: Any, xp: Any) -> Any:
        """Symbols (rows, time) -> windows (rows * time, size), newest last."""
        rows, steps = symbols.shape
        before = xp.full((rows, self.size - 1), MISSING, dtype=symbols.dtype)
        padded = xp.concatenate([before, symbols], axis=1)
        places = xp.arange(steps)[:, None] + xp.arange(self.size)[None]
        return padded[:, places].reshape(rows * steps, self.size)

    def targets(self, targets: Any, xp: Any) -> Any:
        """Targets (rows, time) -> (rows * time,)."""
        return targets.reshape(-1)

    def outputs(self, outputs: Any, rows: int, steps: int) -> Any:
        """Scores (rows * time, K) -> (rows, time, K)."""
        return outputs.reshape(rows, steps, -1)


View = Sequence | Window

SEQUENCE = Sequence()
