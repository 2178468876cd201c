"""Which trials will be wanted next, as far as can be guessed from those that have ended.

A wrong guess costs time of a core that was idle, and changes no result: see `ahead`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from echospan.spans.search.kept import TrialKey
from echospan.spans.search.ladder import Ladder, Outcome, Rates, out_of_race, preference
from echospan.spans.search.trial import Trial

LAGS_AHEAD = 3
"""Lags after the current one that are guessed at."""


@dataclass(frozen=True)
class Current:
    """The lag that is trained.

    Attributes:
        lag: Steps back, or the task's difficulty.
        updates: The most updates of one trial.
        rates: Learning rates and the chosen one.
        seeds: All seeds.
        asked: Learning rates and seeds of the trials that were wanted at this lag, ended or not.
        ended: Those that have ended.
    """

    lag: int
    updates: int
    rates: Rates
    seeds: Sequence[int]
    asked: set[tuple[float, int]] = field(default_factory=set)
    ended: dict[tuple[float, int], Trial] = field(default_factory=dict)

    def key(self, rate: float, seed: int, lag: int | None = None) -> TrialKey:
        """Key of a trial with the same limit of updates."""
        return TrialKey(self.lag if lag is None else lag, rate, seed, self.updates)


def guesses(now: Current, ladder: Ladder, beyond: Sequence[int] = ()) -> Iterator[TrialKey]:
    """Trials that may be wanted next, the likeliest first.

    Args:
        now: The current lag.
        ladder: Outcomes so far.
        beyond: Lags that are tried when the ladder has ended.
    """
    tried = _by_rate(now.ended)
    rate = now.rates.chosen
    if rate is None:
        # Of several that solved it, the one with the lowest losses is chosen.
        solved = [one for one, trials in tried.items() if trials[0].ending == "solved"]
        if not solved:
            return
        rate = max(solved, key=lambda one: preference(tried[one]))
    outcome = _outcome(tried.get(rate, []))
    here = [(rate, seed) for seed in now.seeds]
    if outcome == "failed":
        others = now.rates.beside(rate)
        here += [(one, now.seeds[0]) for one in others]
        best = max((one for one in others if one in tried), key=lambda o: preference(tried[o]),
                   default=None)  # fmt: skip
        if best is not None and not out_of_race(tried[best], tried[rate]):
            here += [(best, seed) for seed in now.seeds]
    yield from (now.key(*pair) for pair in here if pair not in now.asked)
    ahead = list(islice(ladder.following(now.lag, outcome), LAGS_AHEAD))
    for lag in ahead or beyond:
        yield from (now.key(rate, seed, lag) for seed in now.seeds)


def _outcome(trials: Sequence[Trial]) -> Outcome:
    """The outcome that a lag seems to come to; solved before anything is known."""
    solved = sum(trial.ending == "solved" for trial in trials)
    return "failed" if len(trials) > 2 * solved else "solved"


def _by_rate(ended: Mapping[tuple[float, int], Trial]) -> dict[float, list[Trial]]:
    tried: dict[float, list[Trial]] = {}
    for (rate, _), trial in list(ended.items()):
        tried.setdefault(rate, []).append(trial)
    return tried
