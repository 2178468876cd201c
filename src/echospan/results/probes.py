"""What was found in one trained model: checks, decay, reach, and other conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.measure import Interval

NOTHING = 1e-7
"""Below this share of the largest effect, an effect is rounding."""


@dataclass(frozen=True)
class Check:
    """One statement about a model.

    Attributes:
        passed: Whether it holds; None where it cannot be asked of this model.
        evidence: What was done and found, with numbers.
    """

    passed: bool | None
    evidence: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"passed": self.passed, "evidence": self.evidence}


@dataclass(frozen=True)
class Decay:
    """What the state of one model holds about the input k steps before.

    Attributes:
        lags: Distances k.
        accuracy: Share of right answers of the probes on sequences that they were not fitted to.
        interval: Of each share.
        bits: At least so many bits about the symbol (Fano's bound at the measured accuracy).
    """

    lags: list[int]
    accuracy: list[float]
    interval: list[Interval]
    bits: list[float]

    @property
    def held(self) -> float:
        """Bits about all of these symbols together: they are independent, so they add up."""
        return float(sum(self.bits))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "lags": self.lags,
            "accuracy": self.accuracy,
            "interval": [list(edges) for edges in self.interval],
            "bits": self.bits,
            "bits_held": self.held,
        }


@dataclass(frozen=True)
class Condition:
    """A score under one condition.

    Attributes:
        name: Of the condition.
        accuracy: Share of right answers.
        interval: Of the share.
    """

    name: str
    accuracy: float
    interval: Interval

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"name": self.name, "accuracy": self.accuracy, "interval": list(self.interval)}


@dataclass(frozen=True)
class Reach:
    """By distance k = 0, 1, 2, ... in steps.

    Attributes:
        forward: Largest change of an answer's scores when the input k steps before is another.
        backward: Norm of the loss's gradient with respect to the input k steps before; None where
            no gradient can be taken.
    """

    forward: np.ndarray
    backward: np.ndarray | None

    @property
    def farthest(self) -> int:
        """The largest distance from which anything arrives."""
        return _last(self.forward)

    @property
    def farthest_backward(self) -> int | None:
        """The largest distance at which a gradient arrives."""
        return None if self.backward is None else _last(self.backward)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "forward": [float(v) for v in self.forward],
            "backward": None if self.backward is None else [float(v) for v in self.backward],
            "farthest": self.farthest,
        }


def _last(effects: np.ndarray) -> int:
    seen = np.flatnonzero(effects > NOTHING * max(float(effects.max()), 1e-30))
    return int(seen[-1]) if len(seen) else 0
