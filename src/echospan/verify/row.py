"""One number from elsewhere: its reference, and what came out here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from echospan.measure import Interval
from echospan.verify.references import Reference

if TYPE_CHECKING:
    from echospan.verify.work import Work

Status = Literal["pass", "differs", "unexplained", "skipped", "failed"]


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        value: Ours.
        interval: How sure it is; None for a number that is exact.
        detail: How it was measured, in a few words: seeds, settings that were chosen.
    """

    value: float
    interval: Interval | None = None
    detail: str = ""


class Tolerance(ABC):
    """How near a number must come to its reference."""

    @abstractmethod
    def holds(self, reference: float, measured: Measured) -> bool:
        """Whether ours is near enough."""

    @abstractmethod
    def __str__(self) -> str:
        """In words, for the table."""


@dataclass(frozen=True)
class Exactly(Tolerance):
    """The very same number."""

    def holds(self, reference: float, measured: Measured) -> bool:
        """As the class says."""
        return measured.value == reference

    def __str__(self) -> str:
        """Like "exact"."""
        return "exact"


@dataclass(frozen=True)
class Within(Tolerance):
    """Not further off than `distance`, or no further beyond the interval of ours."""

    distance: float

    def holds(self, reference: float, measured: Measured) -> bool:
        """As the class says."""
        low, high = measured.interval or (measured.value, measured.value)
        return low - self.distance <= reference <= high + self.distance

    def __str__(self) -> str:
        """Like "± 0.01"."""
        return f"± {self.distance:g}" if self.distance else "inside our interval"


@dataclass(frozen=True)
class AtMost(Tolerance):
    """Not above `limit`; ours may be better than the reference."""

    limit: float

    def holds(self, reference: float, measured: Measured) -> bool:
        """As the class says."""
        return measured.value <= self.limit

    def __str__(self) -> str:
        """Like "at most 0.01"."""
        return f"at most {self.limit:g}"


@dataclass(frozen=True)
class AtLeast(Tolerance):
    """Not below `limit`; ours may be better than the reference."""

    limit: float

    def holds(self, reference: float, measured: Measured) -> bool:
        """As the class says."""
        return measured.value >= self.limit

    def __str__(self) -> str:
        """Like "at least 0.99"."""
        return f"at least {self.limit:g}"


@dataclass(frozen=True)
class Row:
    """A number to reproduce.

    Attributes:
        name: Short name; that of its reference.
        what: What is measured, in a line.
        tolerance: How near ours must come.
        measure: Measures it.
        quick: Whether it takes seconds.
        why: The reason, where ours is known to differ.
        needs: A package without which it cannot be measured.
    """

    name: str
    what: str
    tolerance: Tolerance
    measure: Callable[[Work], Measured]
    quick: bool = True
    why: str = ""
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
    """

    row: Row
    reference: Reference
    measured: Measured | None
    status: Status
    reason: str = ""
    seconds: float = field(default=0.0, compare=False)

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
            "seconds": self.seconds,
        }
