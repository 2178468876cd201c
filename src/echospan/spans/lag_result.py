"""What was found at one lag, and whether that is a yes or a no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from echospan.spans.ladder import Outcome
from echospan.spans.measuring import Measured
from echospan.spans.trial import Trial


@dataclass
class LagResult:
    """What was found at one lag.

    Attributes:
        lag: Steps back, or the task's distance.
        outcome: Solved, failed or undecided.
        trials: One for each seed, at the rate that was chosen.
        measured: Their scores on new sequences, in the same order; None where a seed has none.
        tried: Validation share of each seed by learning rate.
    """

    lag: int
    outcome: Outcome
    trials: list[Trial]
    measured: list[Measured | None]
    tried: dict[float, list[float]] = field(default_factory=dict)

    @property
    def solved_share(self) -> float | None:
        """Share of the measured seeds that solved it; None where none was measured."""
        found = [m for m in self.measured if m is not None]
        return float(np.mean([m.solved for m in found])) if found else None

    @property
    def median(self) -> int | None:
        """Which of the measured seeds is the median one (the lower of two)."""
        known = [i for i, m in enumerate(self.measured) if m is not None]
        if not known:
            return None
        known.sort(key=lambda i: self.measured[i].accuracy)  # type: ignore[union-attr]
        return known[(len(known) - 1) // 2]

    @property
    def converged(self) -> bool:
        """Whether every seed trained until its loss had stopped falling, at smaller rates too."""
        return all(trial.ending == "stalled" for trial in self.trials)


def judge(measured: Sequence[Measured | None], open_: Sequence[bool]) -> Outcome:
    """Solved or failed, as the median seed has it; undecided while open seeds could change that.

    Args:
        measured: One score a seed, or None.
        open_: Whether that seed's training was cut short.
    """
    middle = (len(measured) - 1) // 2
    solved = [m is not None and m.solved for m in measured]
    # With all open seeds against it, and with all of them for it.
    worst = sorted(solved)[middle]
    best = sorted(s or o or m is None for s, o, m in zip(solved, open_, measured, strict=True))
    if worst:
        return "solved"
    return "undecided" if best[middle] else "failed"
