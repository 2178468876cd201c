"""Edge-of-stability echo state network (Ceni and Gallicchio 2023)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from echospan.models.reservoir import ReservoirModel


class ES2N(ReservoirModel):
    """Edge-of-stability echo state network (Ceni and Gallicchio 2023).

    An orthogonal matrix turns the state, and a nonlinear reservoir is mixed in.
    """

    kind: Literal["es2n"] = "es2n"
    mixing: float = Field(default=0.05, gt=0, le=1)
    """Share of the nonlinear reservoir in a step; the paper's beta."""

    def dynamics(self) -> dict[str, Any]:
        """As `mixing` says."""
        return {"mixing": self.mixing}
