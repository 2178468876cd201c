"""minLSTM (Feng et al. 2024) in residual blocks."""

from __future__ import annotations

from typing import Any, Literal

from echospan.models.minimal import Minimal


class MinLSTM(Minimal):
    """minLSTM (Feng et al. 2024) in residual blocks."""

    kind: Literal["min-lstm"] = "min-lstm"

    def layer(self, **settings: Any) -> Any:
        """`echospan.layers.MinLSTM`."""
        from echospan.layers import MinLSTM as Layer

        return Layer(self.units, **settings)
