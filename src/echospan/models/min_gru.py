"""minGRU (Feng et al. 2024) in residual blocks."""

from __future__ import annotations

from typing import Any, Literal

from echospan.models.minimal import Minimal


class MinGRU(Minimal):
    """minGRU (Feng et al. 2024) in residual blocks."""

    kind: Literal["min-gru"] = "min-gru"

    def layer(self, **settings: Any) -> Any:
        """`echospan.layers.MinGRU`."""
        from echospan.layers import MinGRU as Layer

        return Layer(self.units, **settings)
