"""Measurements on one trained model: checks, decay, reach, and other conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from echospan.measure import Interval
from echospan.results.data import Data

NOTHING = 1e-7
"""Below this share of the largest effect, an effect is rounding."""


@dataclass(frozen=True)
class Check(Data):
    """One statement about a model.

    Attributes:
        passed: Whether it holds; None where this model cannot be checked for it.
        evidence: What was done and measured, with numbers.
    """

    passed: bool | None
    evidence: str


@dataclass(frozen=True)
class Decay(Data):
    """What the state of one model holds about the input k steps before.

    Attributes:
        lags: Distances k.
        accuracy: Share of right answers of the probes on sequences that they were not fitted to.
        interval: Of each share.
        bits: At least so many bits about the symbol (Fano's bound at the measured accuracy).
    """

    computed: ClassVar[tuple[str, ...]] = ("bits_held",)

    lags: tuple[int, ...]
    accuracy: tuple[float, ...]
    interval: tuple[Interval, ...]
    bits: tuple[float, ...]

    @property
    def bits_held(self) -> float:
        """Bits about all of these symbols together: they are independent, so they add up."""
        return float(sum(self.bits))


@dataclass(frozen=True)
class Condition(Data):
    """A score under one condition.

    Attributes:
        name: Of the condition.
        accuracy: Share of right answers.
        interval: Of the share.
    """

    name: str
    accuracy: float
    interval: Interval


@dataclass(frozen=True)
class Reach(Data):
    """How far back an output depends on the input, and how far back its gradient goes.

    Attributes:
        forward: Largest change of an output when the input k steps before it is another, for
            k = 0, 1, 2, ...
        backward: Norm of the loss's gradient with respect to the input k steps before; None where
            no gradient can be taken.
    """

    computed: ClassVar[tuple[str, ...]] = ("farthest",)

    forward: tuple[float, ...]
    backward: tuple[float, ...] | None

    @property
    def farthest(self) -> int:
        """The largest distance in steps from which anything arrives."""
        least = NOTHING * max(*self.forward, 1e-30)
        return max((k for k, effect in enumerate(self.forward) if effect > least), default=0)


@dataclass(frozen=True)
class Reference(Data):
    """A known answerer on the same sequences: one that must solve them, or one that must fail.

    Attributes:
        lag: Steps back.
        accuracy: Share of right answers.
        interval: Of the share.
    """

    lag: int
    accuracy: float
    interval: Interval
