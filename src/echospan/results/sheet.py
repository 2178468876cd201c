"""The memory spec sheet: everything that was found, typed, and as a plain dictionary."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from echospan.results.capacity import BITS_PER_PARAMETER, NUMBERS_PER_UNIT, Capacity
from echospan.results.lag_row import LagRow
from echospan.results.probes import Check, Condition, Decay, Reach
from echospan.results.verdict import Verdict

VERSION = 1
"""Of the dictionary's layout."""


@dataclass(frozen=True)
class SheetData:
    """What was found about one model. `to_dict` is what `echospan span --json` prints."""

    model: str
    framework: str
    learns: str
    parameters: int
    state_size: int | None
    receptive_field: int | None
    symbols: int | None
    task: str
    seeds: int
    threshold: float
    confidence: float
    budget: str
    span: int
    first_failed: int | None
    per_lag: list[LagRow]
    chance: float
    checks: dict[str, Check]
    verdict: Verdict
    bits_of_state: float | None = None
    """What the state can hold, as declared or at 32 bits a number."""
    capacity: Capacity | None = None
    decay: Decay | None = None
    reach: dict[str, Reach] = field(default_factory=dict)
    lengths: list[Condition] = field(default_factory=list)
    distractors: list[Condition] = field(default_factory=list)
    references: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    interrupted: bool = False
    updates: int = 0
    seconds: float = 0.0
    measured_at: int | None = None
    """The lag whose trained model the checks, the decay and the lengths are about."""
    distance: str = "lag"
    """What the task calls a lag."""
    scored_as: str = "accuracy"
    """What `accuracy` is: that, or "R2" where answers are numbers."""
    ceiling: float = 1.0
    """Score of an answer that has forgotten nothing."""

    @property
    def bits_held(self) -> float | None:
        """Bits about the past in one trained model's state, by probes or by its answers.

        Both are lower bounds, so the greater one is. None where there is neither.
        """
        known = [] if self.decay is None else [self.decay.held]
        if self.capacity is not None:
            known += [one.bits for one in self.capacity.held if one.lag == self.measured_at]
        return max(known, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        held = self.bits_held
        return {
            "version": VERSION,
            "model": self.model,
            "framework": self.framework,
            "learns": self.learns,
            "parameters": self.parameters,
            "state_size": self.state_size,
            "receptive_field": self.receptive_field,
            "symbols": self.symbols,
            "task": self.task,
            "distance": self.distance,
            "scored_as": self.scored_as,
            "ceiling": self.ceiling,
            "seeds": self.seeds,
            "threshold": self.threshold,
            "confidence": self.confidence,
            "budget": self.budget,
            "span": self.span,
            "first_failed": self.first_failed,
            "per_lag": [row.to_dict() for row in self.per_lag],
            "chance": self.chance,
            "bits_per_symbol": None if self.symbols is None else math.log2(self.symbols),
            "bits_held": held,
            "bits_of_state": self.bits_of_state,
            "bits_per_parameter": _per(held, self.parameters),
            "bits_per_unit": _per(held, self.state_size),
            "capacity": None if self.capacity is None else self._capacity(self.capacity),
            "checks": {name: check.to_dict() for name, check in self.checks.items()},
            "verdict": self.verdict.sentence,
            "verdict_code": self.verdict.code,
            "verdict_evidence": self.verdict.evidence,
            "decay": None if self.decay is None else self.decay.to_dict(),
            "reach": {name: found.to_dict() for name, found in self.reach.items()},
            "lengths": [condition.to_dict() for condition in self.lengths],
            "distractors": [condition.to_dict() for condition in self.distractors],
            "references": self.references,
            "notes": list(self.notes),
            "interrupted": self.interrupted,
            "measured_at": self.measured_at,
            "updates": self.updates,
            "seconds": self.seconds,
        }

    def _capacity(self, found: Capacity) -> dict[str, Any]:
        """With what is known of such networks beside it."""
        symbol = math.log2(self.symbols or 2)
        return {
            **found.to_dict(),
            "symbols_per_number": _per(found.most.bits / symbol, self.state_size),
            "known": {
                "bits_of_weights": BITS_PER_PARAMETER * self.parameters,
                "numbers_per_unit": NUMBERS_PER_UNIT,
                "source": "Collins, Sohl-Dickstein & Sussillo 2017",
            },
        }


def _per(bits: float | None, number: int | None) -> float | None:
    return None if bits is None or not number else bits / number
