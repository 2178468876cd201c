"""Which learning rate to train with: a ladder, chosen on validation data, shared by all lags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from echospan.memory.trial import Trial

LADDER = (0.001, 0.003, 0.01, 0.03)


@dataclass
class Rates:
    """Remembers the rate that works, and says which others are worth a try.

    Attributes:
        ladder: Rates in rising order.
        chosen: The rate in force; None before the first choice.
    """

    ladder: Sequence[float] = LADDER
    chosen: float | None = field(default=None, init=False)

    def to_try(self) -> tuple[float, ...]:
        """Before the first choice all of them; later the neighbours of the one in force."""
        if self.chosen is None:
            return tuple(self.ladder)
        place = self.ladder.index(self.chosen)
        near = (place + 1, place - 1)
        return tuple(self.ladder[i] for i in near if 0 <= i < len(self.ladder))

    def choose(self, trials: Sequence[Trial]) -> Trial:
        """The best of trials that differ in their rate; its rate is in force from now on."""
        best = max(trials, key=preference)
        self.chosen = best.rate
        return best


def preference(trial: Trial) -> tuple[bool, float, float]:
    """Solved before unsolved; then what solved it with the lowest losses, or most right answers."""
    solved = trial.ending == "solved"
    area = sum(loss for _, loss, _ in trial.curve)
    return (solved, -area if solved else 0.0, trial.validation)
