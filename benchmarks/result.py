"""What a job's repeats gave, and what can be read off it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

Losses = list[tuple[int, float]]
"""Pairs (epochs, their mean loss), one after another."""


class Spread(NamedTuple):
    """Smallest, middle and largest of some values."""

    low: float
    median: float
    high: float


@dataclass
class Measured:
    """One contender's part of a job.

    Attributes:
        key: The contender's.
        name: What it is called.
        seconds: Of one epoch (or one process), a repeat each; empty where it was not measured.
        epochs: In one timed run.
        losses: From the first epoch on, warm-up included.
        memory: Peak resident memory of its process in MiB.
        about: Parameters, versions, settings that it chose.
        failure: Why it was not measured.
        note: What else should be known about the number.
    """

    key: str
    name: str
    seconds: list[float] = field(default_factory=list)
    epochs: int = 0
    losses: Losses = field(default_factory=list)
    memory: float | None = None
    about: dict[str, Any] = field(default_factory=dict)
    failure: str = ""
    note: str = ""


@dataclass
class Limit:
    """What the machine's matrix products alone would take.

    Attributes:
        products: Seconds of each product of an update, the fewest of all repeats.
        operations: Floating-point operations in all of them.
        peak: Operations a second in one large product, the most of all repeats.
    """

    products: dict[str, float]
    operations: int
    peak: float

    @property
    def seconds(self) -> float:
        """All products of an update, each at its own measured rate."""
        return sum(self.products.values())

    def again(self, products: Mapping[str, float], peak: float) -> None:
        """Take another measurement in: what was fastest is the limit."""
        for name, seconds in products.items():
            self.products[name] = min(seconds, self.products.get(name, seconds))
        self.peak = max(peak, self.peak)


@dataclass
class Result:
    """A job and what was measured of it.

    Attributes:
        job: Its name.
        updates: Updates in one epoch.
        took: Seconds that measuring it took, all told.
        asked: Repeats that were asked for.
        measured: echospan first, then its peers.
        limit: The matrix products' own time, where it was measured.
    """

    job: str
    updates: int
    took: float
    asked: int
    measured: list[Measured]
    limit: Limit | None = None

    def of(self, key: str) -> Measured | None:
        """That contender's part, if it gave a number."""
        found = [each for each in self.measured if each.key == key and each.seconds]
        return found[0] if found else None

    def ratios(self, of: str, to: str) -> list[float]:
        """How many times longer `of` took than `to`, repeat by repeat."""
        one, other = self.of(of), self.of(to)
        if one is None or other is None:
            return []
        return [a / b for a, b in zip(one.seconds, other.seconds, strict=False)]

    def share(self, key: str) -> list[float]:
        """The products' own time as a share of an update's, repeat by repeat."""
        measured = self.of(key)
        if measured is None or self.limit is None:
            return []
        return [self.limit.seconds * self.updates / seconds for seconds in measured.seconds]

    def peak_share(self, key: str) -> list[float]:
        """The same against the rate of one large product."""
        measured = self.of(key)
        if measured is None or self.limit is None:
            return []
        work = self.limit.operations * self.updates / self.limit.peak
        return [work / seconds for seconds in measured.seconds]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Result:
        """Back from plain values."""
        measured = [
            Measured(**{**each, "losses": [tuple(pair) for pair in each["losses"]]})
            for each in content["measured"]
        ]
        limit = content.get("limit")
        rest = {**content, "measured": measured, "limit": Limit(**limit) if limit else None}
        return cls(**rest)


def spread(values: Sequence[float]) -> Spread | None:
    """Minimum, median and maximum; None where there are no values."""
    return Spread(min(values), statistics.median(values), max(values)) if values else None


def same_stretch(ours: Losses, theirs: Losses) -> tuple[int, float, float] | None:
    """Both mean losses over the last stretch of epochs that both have trained.

    Returns:
        The epoch it ends with, our mean loss over it and theirs; None where one has no losses. The
        stretch is the last quarter, or what `theirs` gives as one mean if that is longer.
    """
    common = min(_total(ours), _total(theirs))
    ends = [end for end in _ends(theirs) if end <= common]
    if not ends:
        return None
    end = ends[-1]
    begin = max(each for each in [0, *ends] if each <= 0.75 * end)
    return end, _mean(ours, begin, end), _mean(theirs, begin, end)


def _total(losses: Losses) -> int:
    return sum(epochs for epochs, _ in losses)


def _ends(losses: Losses) -> list[int]:
    ends, end = [], 0
    for epochs, _ in losses:
        end += epochs
        ends.append(end)
    return ends


def _mean(losses: Losses, begin: int, end: int) -> float:
    """Over the epochs from `begin` on, before `end`; a mean counts evenly over its own epochs."""
    total, first = 0.0, 0
    for epochs, mean in losses:
        inside = min(first + epochs, end) - max(first, begin)
        total += max(inside, 0) * mean
        first += epochs
    return total / (end - begin)
