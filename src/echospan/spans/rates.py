"""Which learning rate to train with: a ladder, chosen on validation data, shared by all lags.

At first one seed of each rate decides. Where a lag fails, the rate in force and the best of its
neighbours race with all their seeds: a seed alone can make the wrong rate look right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from echospan.spans.trial import Trial

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

    def choose(self, tried: Mapping[float, Sequence[Trial]]) -> float:
        """The best of several rates by the trials made at each; it is in force from now on."""
        self.chosen = max(tried, key=lambda rate: preference(tried[rate]))
        return self.chosen


def preference(trials: Sequence[Trial]) -> tuple[float, float, float]:
    """For the trials of one rate, a seed each; the greater the better.

    How many solved it; then what solved it with the lowest losses, or the most right answers.
    """
    solved = sum(trial.ending == "solved" for trial in trials) / len(trials)
    area = sum(loss for trial in trials for _, loss, _ in trial.curve) / len(trials)
    share = sum(trial.validation for trial in trials) / len(trials)
    return (solved, -area if solved == 1 else 0.0, share)


def out_of_race(one: Sequence[Trial], others: Sequence[Trial]) -> bool:
    """Whether the first seeds of a rate are worse than every seed of another one."""
    best = max(preference([trial]) for trial in one)
    return best < min(preference([trial]) for trial in others)
