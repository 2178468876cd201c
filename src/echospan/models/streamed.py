"""Settings shared by the models that are made of echospan's own layers."""

from __future__ import annotations

from typing import Any

from echospan.models.init import Init
from echospan.models.sequence import SequenceModel


class Streamed(SequenceModel):
    """A model whose layers hear a sequence whole, in chunks or step by step."""

    stateful: bool = False
    """Carry the state from one batch to the next, row by row."""

    @property
    def carries_state(self) -> bool:
        """As `stateful` says."""
        return self.stateful

    def own(self, init: Init) -> dict[str, Any]:
        """What each of the layers is told beside its sizes."""
        return {"seed": init.seed(), "stateful": self.stateful}
