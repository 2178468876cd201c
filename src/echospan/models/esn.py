"""Echo state network (Jaeger 2001), with the ring of Rodan and Tino 2011 among its topologies."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from echospan.models.reservoir import ReservoirModel


class ESN(ReservoirModel):
    """Echo state network (Jaeger 2001): a fixed random layer and a readout by ridge regression."""

    kind: Literal["esn"] = "esn"
    leak: float = Field(default=1.0, gt=0, le=1)
    """Share of the state that is renewed in a step."""

    def dynamics(self) -> dict[str, Any]:
        """As `leak` says."""
        return {"leak": self.leak}
