"""What to try next: lags grow until one fails, then halve the gap; learning rates race."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from echospan.results.edge import Edge, edge_of
from echospan.spans.search.trial import Trial

Outcome = Literal["solved", "failed", "undecided"]

RATES = (0.001, 0.003, 0.01, 0.03)
"""Learning rates that are tried by default."""


@dataclass
class Ladder:
    """Chooses lags from the outcomes so far.

    Attributes:
        listed: The lags to try and no others, in rising order; None to grow and bisect.
        largest: The lag at which growing stops.
        smallest: The lag at which growing begins.
        first: Lags to try before growing; short ones are cheap.
        growth: After those, each lag is about this many times the one before.
        resolution: The first failed lag may be this share of the span beyond it.
        outcomes: Outcomes by lag.
    """

    listed: Sequence[int] | None = None
    largest: int = 1000
    smallest: int = 1
    first: Sequence[int] = (1, 2, 3, 4, 5)
    growth: float = 1.4
    resolution: float = 0.0
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def record(self, lag: int, outcome: Outcome) -> None:
        """Note the outcome of a lag."""
        self.outcomes[lag] = outcome

    def next(self) -> int | None:
        """The next lag, or None if nothing is left to try."""
        if self.listed is not None:
            return next((lag for lag in self.listed if lag not in self.outcomes), None)
        if "undecided" in self.outcomes.values():
            return None
        failed = self.first_failed
        if failed is None:
            return self._grown()
        low = max(self.largest_solved, self.smallest - 1)
        if failed - low <= self.resolution * low:
            return None
        middle = (low + failed) // 2
        return middle if low < middle < failed and middle not in self.outcomes else None

    def following(self, lag: int, outcome: Outcome) -> Iterator[int]:
        """Lags that come next if this one ends so and those after it are solved."""
        guess = replace(self, outcomes={**self.outcomes, lag: outcome})
        while (after := guess.next()) is not None:
            yield after
            guess.record(after, "solved")

    def _grown(self) -> int | None:
        tried = max(self.outcomes, default=self.smallest - 1)
        if tried >= self.largest:
            return None
        grown = max(tried + 1, round(tried * self.growth)) if self.outcomes else self.smallest
        return min(next((lag for lag in self.first if lag > tried), grown), self.largest)

    @property
    def first_failed(self) -> int | None:
        """The smallest lag that failed."""
        return min((lag for lag, how in self.outcomes.items() if how == "failed"), default=None)

    @property
    def largest_solved(self) -> int:
        """The largest solved lag below every failure; 0 if there is none."""
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
    def edge(self) -> Edge:
        """What the outcomes say about the span."""
        return edge_of(self.outcomes, self.smallest, self.resolution)

    @property
    def span(self) -> int:
        """The largest lag that is known to be within the span; 0 without one."""
        return self.edge.at_least or 0


@dataclass
class Rates:
    """Keeps the learning rate that works, and says which others are worth a try.

    At first one seed of each rate decides. Where a lag fails, the rate in force and the best of its
    neighbours race with all their seeds: a seed alone can make the wrong rate look right.

    Attributes:
        ladder: Rates in rising order.
        chosen: The current rate; None before the first choice.
    """

    ladder: Sequence[float] = RATES
    chosen: float | None = field(default=None, init=False)

    def to_try(self) -> tuple[float, ...]:
        """All rates before the first choice; after it, the neighbours of the current one."""
        if self.chosen is None:
            return tuple(self.ladder)
        return self.beside(self.chosen)

    def beside(self, rate: float) -> tuple[float, ...]:
        """The neighbours of a rate, the larger one first."""
        place = self.ladder.index(rate)
        near = (place + 1, place - 1)
        return tuple(self.ladder[i] for i in near if 0 <= i < len(self.ladder))

    def choose(self, tried: Mapping[float, Sequence[Trial]]) -> float:
        """The best of several rates by their trials; it is used from now on."""
        self.chosen = max(tried, key=lambda rate: preference(tried[rate]))
        return self.chosen


def preference(trials: Sequence[Trial]) -> tuple[float, float, float]:
    """Sort key for the trials of one rate, one per seed; the greater the better.

    First how many solved the lag; then, if all did, low losses on the way; else the mean accuracy.
    """
    solved = sum(trial.ending == "solved" for trial in trials) / len(trials)
    area = sum(loss for trial in trials for _, loss, _ in trial.curve) / len(trials)
    share = sum(trial.validation for trial in trials) / len(trials)
    return (solved, -area if solved == 1 else 0.0, share)


def out_of_race(one: Sequence[Trial], others: Sequence[Trial]) -> bool:
    """Whether the first seeds of a rate are worse than every seed of another one."""
    best = max(preference([trial]) for trial in one)
    return best < min(preference([trial]) for trial in others)
