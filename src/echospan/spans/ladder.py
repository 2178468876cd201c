"""Which lag to try next: grow until one fails, then halve the gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["solved", "failed", "undecided"]

FIRST = (1, 2, 3, 4, 5)
"""Short lags are cheap, so each of them is tried."""

GROWTH = 1.4
"""From there on each lag is about so many times the one before."""


@dataclass
class Ladder:
    """Hands out lags and hears how they went.

    Attributes:
        listed: Lags to try and no others, in rising order; None grows and bisects.
        largest: The lag after which growing stops.
        smallest: The lag that growing begins at.
    """

    listed: Sequence[int] | None = None
    largest: int = 1000
    smallest: int = 1
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def record(self, lag: int, outcome: Outcome) -> None:
        """Hear how a lag went."""
        self.outcomes[lag] = outcome

    def next(self) -> int | None:
        """The next lag, or None where nothing is left to ask."""
        if self.listed is not None:
            return next((lag for lag in self.listed if lag not in self.outcomes), None)
        if "undecided" in self.outcomes.values():
            return None
        failed = self.first_failed
        if failed is None:
            return self._grown()
        low = max(self.largest_solved, self.smallest - 1)
        middle = (low + failed) // 2
        return middle if low < middle < failed and middle not in self.outcomes else None

    def _grown(self) -> int | None:
        tried = max(self.outcomes, default=self.smallest - 1)
        if tried >= self.largest:
            return None
        longer = next((lag for lag in FIRST if lag > tried), round(tried * GROWTH))
        return min(longer if self.outcomes else self.smallest, self.largest)

    @property
    def first_failed(self) -> int | None:
        """The smallest lag that failed."""
        return min((lag for lag, how in self.outcomes.items() if how == "failed"), default=None)

    @property
    def largest_solved(self) -> int:
        """The largest lag below every failure that was solved; 0 where there is none."""
        edge = self.first_failed
        return max(
            (
                lag
                for lag, how in self.outcomes.items()
                if how == "solved" and (edge is None or lag < edge)
            ),
            default=0,
        )

    @property
    def span(self) -> int:
        """The largest lag such that it and every tested smaller one is solved; 0 without one."""
        span = 0
        for lag in sorted(self.outcomes):
            if self.outcomes[lag] != "solved":
                break
            span = lag
        return span
