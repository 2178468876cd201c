"""How far a sweep has come."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from echospan.observer import Observer


@dataclass(frozen=True)
class Counts:
    """Units by what became of them.

    Attributes:
        total: Units of the sweep.
        before: Finished before this sweep began.
        done: Finished by it.
        failed: Failed, now or before.
        running: Handed to workers.
        held: Run by another sweep or command at this moment.
        seconds_left: Until the end, roughly; None where that is not known.
    """

    total: int
    before: int = 0
    done: int = 0
    failed: int = 0
    running: int = 0
    held: int = 0
    seconds_left: float | None = None

    @property
    def finished(self) -> int:
        """Finished, by this sweep or before."""
        return self.before + self.done

    @property
    def left(self) -> int:
        """Neither finished nor failed."""
        return self.total - self.finished - self.failed


class SweepObserver(Observer):
    """Progress callback of a sweep; the base class ignores all events."""

    def counts(self, counts: Counts) -> None:
        """It has come so far. Called some times a second."""

    def finished(self, folder: Path) -> None:
        """A unit has finished, and is entered; its run lies in `folder`."""
