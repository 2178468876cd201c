"""The search for the span: lags by the ladder, rates by validation, seeds abreast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from echospan.engine.fleet.cores import cores
from echospan.memory.budget import Budget
from echospan.memory.ladder import Ladder, Outcome
from echospan.memory.measuring import Measured, measure
from echospan.memory.rates import Rates, preference
from echospan.memory.subject import Lesson, Subject
from echospan.memory.trial import Rules, Trial, run_trial


@dataclass
class LagResult:
    """What was found at one lag.

    Attributes:
        lag: Steps back, or the question's distance.
        outcome: Solved, failed or undecided.
        trials: One for each seed, at the rate that was chosen.
        measured: Their scores on new sequences, in the same order; None where a seed has none.
        tried: Best validation share by learning rate, of one seed.
    """

    lag: int
    outcome: Outcome
    trials: list[Trial]
    measured: list[Measured | None]
    tried: dict[float, float] = field(default_factory=dict)

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


@dataclass
class Search:
    """Trains and measures one subject, lag by lag.

    Attributes:
        subject: What is measured.
        ladder: Which lags.
        rates: Which learning rates.
        rules: When a trial ends.
        budget: What may be spent.
        seeds: How many.
        seed: The first of them.
        rows: Sequences in one update.
        stop: Whether the user has asked to end.
        on_look: Told after each look at a trial.
        longer: Spend what time is left on longer trials at the edge.
        results: By lag, as they come.
    """

    subject: Subject
    ladder: Ladder
    rates: Rates
    rules: Rules
    budget: Budget
    seeds: int
    seed: int = 0
    rows: int = 16
    stop: Callable[[], bool] = lambda: False
    on_look: Callable[[Trial], None] = lambda trial: None
    longer: bool = False
    results: dict[int, LagResult] = field(default_factory=dict)
    _most: dict[int, int] = field(default_factory=dict, init=False)

    def run(self) -> None:
        """Until the ladder or the budget ends."""
        with self.subject.abreast(), ThreadPoolExecutor(cores()) as pool:
            self._climb(pool)
            while self.longer and self._again(pool):
                self._climb(pool)

    def _climb(self, pool: ThreadPoolExecutor) -> None:
        while not self.ended and (lag := self.ladder.next()) is not None:
            self._keep(self._lag(lag, pool))

    def _again(self, pool: ThreadPoolExecutor) -> bool:
        """Try the first lag that failed once more, with more updates; whether it is decided.

        Only where its loss was still falling: a limit of updates is no limit of the model.
        """
        edge = self.ladder.first_failed
        if edge is None or self.ended:
            return False
        if not any(trial.falling for trial in self.results[edge].trials):
            return False
        before = self.rules
        if self._most[edge] == before.updates:
            self.rules = replace(before, updates=2 * before.updates)
        result = self._lag(edge, pool)
        if result.outcome == "undecided":
            # Cut short by the budget: what the shorter trials said stands.
            self.rules = before
            return False
        self._keep(result)
        return True

    def _keep(self, result: LagResult) -> None:
        self.results[result.lag] = result
        self._most[result.lag] = self.rules.updates
        self.ladder.record(result.lag, result.outcome)

    @property
    def ended(self) -> bool:
        """Whether no more training can be done."""
        spent = self.budget.spent and self.subject.learns == "gradient"
        return spent or self.stop()

    def _lag(self, lag: int, pool: ThreadPoolExecutor) -> LagResult:
        lesson = Lesson(lag, self.subject.question.training_length(lag), self.rows)
        seeds = range(self.seed, self.seed + self.seeds)
        if self.subject.learns != "gradient":
            trials = self._trials(lesson, [(0.0, seed) for seed in seeds], pool)
            return self._result(lesson, trials, {})
        tried: dict[float, Trial] = {}
        if self.rates.chosen is None:
            first = self._trials(lesson, [(r, self.seed) for r in self.rates.to_try()], pool)
            tried = {trial.rate: trial for trial in first}
            self.rates.choose(first)
        rate = self.rates.chosen
        assert rate is not None
        trials = self._seeds(lesson, rate, tried, seeds, pool)
        result = self._result(lesson, trials, tried)
        if result.outcome == "solved" or self.ended:
            return result
        # At the edge: is it the rate? One seed tells, then all seeds at the better rate.
        more = [r for r in self.rates.to_try() if r not in tried]
        found = self._trials(lesson, [(r, self.seed) for r in more], pool)
        tried |= {trial.rate: trial for trial in found}
        best = max(tried.values(), key=preference)
        if best.rate != rate and not self.ended:
            again = self._seeds(lesson, best.rate, tried, seeds, pool)
            other = self._result(lesson, again, tried)
            if other.outcome == "solved" or _mean(again) > _mean(trials):
                self.rates.chosen = best.rate
                return other
        result.tried = {r: trial.validation for r, trial in sorted(tried.items())}
        return result

    def _seeds(
        self,
        lesson: Lesson,
        rate: float,
        tried: dict[float, Trial],
        seeds: range,
        pool: ThreadPoolExecutor,
    ) -> list[Trial]:
        """All seeds at one rate; the first may have been trained to find that rate."""
        known = [tried[rate]] if rate in tried else []
        missing = list(seeds)[len(known) :]
        trials = [*known, *self._trials(lesson, [(rate, seed) for seed in missing], pool)]
        tried.setdefault(rate, trials[0])
        return trials

    def _trials(
        self, lesson: Lesson, asked: Sequence[tuple[float, int]], pool: ThreadPoolExecutor
    ) -> list[Trial]:
        validation = self.subject.question.heard(lesson.lag, self.seed, "validation")

        def one(pair: tuple[float, int]) -> Trial:
            rate, seed = pair
            return run_trial(
                self.subject,
                lesson,
                rate,
                seed,
                self.rules,
                self.budget,
                validation,
                self.stop,
                self.on_look,
            )

        return list(pool.map(one, asked))

    def _result(self, lesson: Lesson, trials: list[Trial], tried: dict[float, Trial]) -> LagResult:
        measured = [
            self._measure(lesson, trial) if trial.weights is not None else None for trial in trials
        ]
        outcome = judge(measured, [not trial.decided for trial in trials])
        shares = {rate: trial.validation for rate, trial in sorted(tried.items())}
        return LagResult(lesson.lag, outcome, trials, measured, shares)

    def _measure(self, lesson: Lesson, trial: Trial) -> Measured | None:
        if not trial.updates and self.subject.learns == "gradient":
            return None
        return measure(self.subject, trial.weights, lesson.lag, trial.seed, self.rules)


def _mean(trials: Sequence[Trial]) -> float:
    return float(np.mean([trial.validation for trial in trials]))
