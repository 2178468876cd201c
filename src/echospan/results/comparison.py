"""The sheets of several models side by side, and which differences are real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from echospan.results.sheet import SheetData


@dataclass(frozen=True)
class Difference:
    """Two models at one lag.

    Attributes:
        lag: Steps back.
        better: The one whose median seed is right more often.
        worse: The other.
        by: Difference of the two shares.
        beyond: Whether every seed of the one lies above every seed of the other, their intervals
            included.
    """

    lag: int
    better: str
    worse: str
    by: float
    beyond: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "lag": self.lag,
            "better": self.better,
            "worse": self.worse,
            "by": self.by,
            "beyond": self.beyond,
        }


@dataclass(frozen=True)
class Farther:
    """A model that remembers farther than another one.

    Attributes:
        model: It solved every tested lag up to its span.
        span: Its span, in steps.
        than: The other model.
        fails_at: The other's first failed lag, no longer than that span.
    """

    model: str
    span: int
    than: str
    fails_at: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "model": self.model,
            "span": self.span,
            "than": self.than,
            "fails_at": self.fails_at,
        }


@dataclass(frozen=True)
class ComparisonData:
    """Sheets made with the same task and the same budget each.

    Attributes:
        sheets: In the order in which the models were named.
        farther: Every pair of models whose spans are decided to be different.
        differences: At every lag that was decided for two models and not solved by both.
        seconds: In all.
        interrupted: Whether the user ended it early.
    """

    sheets: Sequence[SheetData]
    farther: list[Farther]
    differences: list[Difference]
    seconds: float
    interrupted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "models": [sheet.model for sheet in self.sheets],
            "sheets": [sheet.to_dict() for sheet in self.sheets],
            "farther": [pair.to_dict() for pair in self.farther],
            "differences": [difference.to_dict() for difference in self.differences],
            "seconds": self.seconds,
            "interrupted": self.interrupted,
        }
