"""One number from elsewhere: its reference, and what came out here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from studies.measured import Measured
from studies.references import Reference
from studies.tolerance import Tolerance

if TYPE_CHECKING:
    from studies.work import Work

Status = Literal["pass", "differs", "unexplained", "skipped", "failed"]


@dataclass(frozen=True)
class Row:
    """A number to reproduce.

    Attributes:
        name: Short name; that of its reference.
        what: What is measured, in a line.
        tolerance: How near ours must come.
        measure: Measures it.
        quick: Whether it takes seconds.
        needs: A package without which it cannot be measured.
    """

    name: str
    what: str
    tolerance: Tolerance
    measure: Callable[[Work], Measured]
    quick: bool = True
    needs: str = ""


@dataclass(frozen=True)
class Outcome:
    """A row and what came of it.

    Attributes:
        row: The row.
        reference: Its reference.
        measured: Ours; None where there is none.
        status: "pass"; "differs", for a reason that is known; "unexplained"; "skipped" without the
            package that it needs; "failed" by an error.
        reason: Why it differs, was skipped or failed.
        seconds: That it took.
        kept: Whether it was measured in an earlier start.
    """

    row: Row
    reference: Reference
    measured: Measured | None
    status: Status
    reason: str = ""
    seconds: float = field(default=0.0, compare=False)
    kept: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        ours = self.measured
        return {
            "name": self.row.name,
            "what": self.row.what,
            "reference": self.reference.value,
            "source": self.reference.source,
            "ours": None if ours is None else ours.value,
            "interval": None if ours is None or ours.interval is None else list(ours.interval),
            "tolerance": str(self.row.tolerance),
            "status": self.status,
            "reason": self.reason,
            "detail": "" if ours is None else ours.detail,
            "values": [] if ours is None else list(ours.values),
            "seconds": self.seconds,
            "kept": self.kept,
        }
