"""When a number of ours agrees with its reference. Chosen before anything is measured."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from echospan.measure import Interval
from studies.measured import Measured
from studies.references import Reference


class Tolerance(ABC):
    """How near a number must come to its reference."""

    @abstractmethod
    def holds(self, reference: Reference, measured: Measured) -> bool:
        """Whether ours is near enough."""

    @abstractmethod
    def __str__(self) -> str:
        """In words, for the table."""


@dataclass(frozen=True)
class Exactly(Tolerance):
    """The very same number."""

    def holds(self, reference: Reference, measured: Measured) -> bool:
        """As the class says."""
        return measured.value == reference.value

    def __str__(self) -> str:
        """Like "exact"."""
        return "exact"


@dataclass(frozen=True)
class Within(Tolerance):
    """Not further off than `distance`, or no further beyond the interval of ours."""

    distance: float

    def holds(self, reference: Reference, measured: Measured) -> bool:
        """As the class says."""
        low, high = measured.interval or (measured.value, measured.value)
        return low - self.distance <= reference.value <= high + self.distance

    def __str__(self) -> str:
        """Like "± 0.01"."""
        return f"± {self.distance:g}" if self.distance else "inside our interval"


@dataclass(frozen=True)
class AtMost(Tolerance):
    """Not above `limit`; ours may be better than the reference."""

    limit: float

    def holds(self, reference: Reference, measured: Measured) -> bool:
        """As the class says."""
        return measured.value <= self.limit

    def __str__(self) -> str:
        """Like "at most 0.01"."""
        return f"at most {self.limit:g}"


@dataclass(frozen=True)
class AtLeast(Tolerance):
    """Not below `limit`; ours may be better than the reference."""

    limit: float

    def holds(self, reference: Reference, measured: Measured) -> bool:
        """As the class says."""
        return measured.value >= self.limit

    def __str__(self) -> str:
        """Like "at least 0.99"."""
        return f"at least {self.limit:g}"


@dataclass(frozen=True)
class SameMean(Tolerance):
    """The means over seeds may be of one distribution, or differ by no more than `slack`.

    They may where the 99 % interval of their difference holds 0 (Student's, both spreads pooled:
    runs of one protocol have one spread). Welch's, which gives each side its own, lets five seeds
    that mostly fail agree with ten that never do.
    """

    slack: float

    def holds(self, reference: Reference, measured: Measured) -> bool:
        """As the class says."""
        low, high = difference(reference, measured.values)
        return low - self.slack <= 0 <= high + self.slack

    def __str__(self) -> str:
        """Like "same mean ± 0.001"."""
        return f"same mean ± {self.slack:g}" if self.slack else "same mean"


@dataclass(frozen=True)
class SameShare(Tolerance):
    """The shares of seeds may be one and the same: Fisher's exact test, 5 %."""

    def holds(self, reference: Reference, measured: Measured) -> bool:
        """As the class says."""
        from scipy.stats import fisher_exact

        hits = round(reference.value * reference.seeds)
        ours = int(sum(measured.values))
        table = [[hits, reference.seeds - hits], [ours, len(measured.values) - ours]]
        return float(fisher_exact(table).pvalue) >= 0.05

    def __str__(self) -> str:
        """As in the table."""
        return "same share"


def difference(
    reference: Reference, values: tuple[float, ...], confidence: float = 0.99
) -> Interval:
    """The interval of our mean less the reference's, both of one spread (Student 1908).

    Args:
        reference: With the spread and the number of its seeds.
        values: Ours, one a seed; at least 2.
        confidence: Of the interval.
    """
    from scipy.stats import t

    gap, count = float(np.mean(values)) - reference.value, len(values)
    freedom = reference.seeds + count - 2
    squares = reference.spread**2 * (reference.seeds - 1) + float(np.var(values)) * count
    error = math.sqrt(squares / freedom * (1 / reference.seeds + 1 / count))
    half = float(t.ppf((1 + confidence) / 2, freedom)) * error
    return Interval(gap - half, gap + half)
