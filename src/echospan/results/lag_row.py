"""One lag of the sheet: the median seed, and each seed beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LagRow:
    """One lag of the sheet.

    Attributes:
        lag: Steps back, or the task's distance.
        outcome: Solved, failed or undecided.
        accuracy: Of the median seed on new sequences, R2 where answers are numbers; None where
            nothing was measured.
        interval: Of that seed's share.
        mean: Over seeds.
        over_seeds: Interval of the mean over seeds.
        streamed: The median seed's share one step at a time; None where it cannot stream.
        bits: Information of an answer, at least; None where nothing was measured, or where it has
            no meaning for the task.
        mutual: The same by counting pairs, bias corrected; None with too few answers for that.
        solved_share: Share of the measured seeds that solved it.
        learning_rate: Chosen on validation sequences; None for a model that has none.
        updates: Of the median seed.
        seeds: (seed, accuracy, ending, updates) of each.
        tried: Validation share of each seed by learning rate.
        curves: (updates, loss, accuracy) of the median seed as it trained.
        length: Steps of a training sequence.
        scored: Answers of one seed that were scored.
        chance: Score of an answer that knows nothing.
        bits_needed: What must be held at once to answer everything; None where not known.
        recalled: Information of an answer by scores or accuracy, at least: see `capacity`.
    """

    lag: int
    outcome: str
    accuracy: float | None
    interval: tuple[float, float] | None
    mean: float | None
    over_seeds: tuple[float, float] | None
    streamed: float | None
    bits: float | None
    mutual: float | None
    solved_share: float | None
    learning_rate: float | None
    updates: int
    seeds: list[dict[str, Any]]
    tried: dict[float, list[float]]
    curves: list[dict[str, Any]]
    length: int
    scored: int
    chance: float | None = None
    bits_needed: float | None = None
    recalled: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "lag": self.lag,
            "outcome": self.outcome,
            "accuracy": self.accuracy,
            "interval": list(self.interval) if self.interval else None,
            "mean": self.mean,
            "over_seeds": list(self.over_seeds) if self.over_seeds else None,
            "streamed": self.streamed,
            "bits": self.bits,
            "mutual_information": self.mutual,
            "solved_share": self.solved_share,
            "learning_rate": self.learning_rate,
            "updates": self.updates,
            "seeds": self.seeds,
            "tried": {f"{rate:g}": sum(s) / len(s) for rate, s in self.tried.items()},
            "tried_seeds": {f"{rate:g}": len(s) for rate, s in self.tried.items()},
            "curves": self.curves,
            "training_length": self.length,
            "scored": self.scored,
            "chance": self.chance,
            "bits_needed": self.bits_needed,
            "bits_recalled": self.recalled,
        }
