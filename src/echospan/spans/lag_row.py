"""One lag of the sheet: the median seed, and each seed beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.measure import over_seeds
from echospan.memory_tasks.base import MemoryTask
from echospan.spans.lag_result import LagResult
from echospan.spans.trial import Trial

MOST_CURVE = 200
"""Points of a learning curve on the sheet, at most."""


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


def row_of(result: LagResult, task: MemoryTask, confidence: float) -> LagRow:
    """What was found at one lag, for the sheet."""
    middle = result.median
    measured = None if middle is None else result.measured[middle]
    trial = result.trials[middle or 0]
    shares = [m.accuracy for m in result.measured if m is not None]
    bits, mutual = None, None
    if measured is not None:
        bits, mutual = task.information(measured.accuracy, measured.expected, measured.predicted)
    return LagRow(
        lag=result.lag,
        outcome=result.outcome,
        accuracy=None if measured is None else measured.accuracy,
        interval=None if measured is None else measured.interval,
        mean=float(np.mean(shares)) if shares else None,
        over_seeds=over_seeds(shares, confidence) if len(shares) > 1 else None,
        streamed=None if measured is None else measured.streamed,
        bits=bits,
        mutual=mutual,
        solved_share=result.solved_share,
        learning_rate=trial.rate or None,
        updates=trial.updates,
        seeds=[
            {
                "seed": t.seed,
                "accuracy": None if m is None else m.accuracy,
                "interval": None if m is None else list(m.interval),
                "streamed": None if m is None else m.streamed,
                "solved": None if m is None else m.solved,
                "ending": t.ending,
                "updates": t.updates,
            }
            for t, m in zip(result.trials, result.measured, strict=True)
        ],
        tried=result.tried,
        recalled=None if measured is None else measured.recalled,
        curves=[_curve(t) for t in result.trials],
        length=trial.lesson.length,
        scored=0 if measured is None else measured.scored,
        chance=task.chance(result.lag),
        bits_needed=task.bits(result.lag),
    )


def _curve(trial: Trial) -> dict[str, Any]:
    """At most `MOST_CURVE` points."""
    every = max(1, len(trial.curve) // MOST_CURVE)
    points = trial.curve[::every]
    return {
        "seed": trial.seed,
        "updates": [int(updates) for updates, _, _ in points],
        "loss": [float(loss) for _, loss, _ in points],
        "accuracy": [float(accuracy) for _, _, accuracy in points],
    }
