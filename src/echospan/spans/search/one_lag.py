"""Train a model at one lag: a race of learning rates, then all seeds, several trials at once.

Trials run in threads of their own, not in `engine.fleet`. A fleet runs compiled trainers for a
number of epochs that is known before; a trial ends by what it measures (solved, stalled, a budget
shared by all), lowers its rate on the way, and may be of a torch module, which has no compiled
trainer. What the two share is the number of threads. Ctrl-C sets `stop`, which every trial checks
between two looks, so that no thread outlives it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import Context, copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.memory_tasks.base import TrainingSpec
from echospan.spans.search.ahead import Ahead, OnLook, Stop
from echospan.spans.search.budget import Budget
from echospan.spans.search.guesses import Current
from echospan.spans.search.kept import KeptTrials, TrialKey
from echospan.spans.search.ladder import Rates, out_of_race, preference
from echospan.spans.search.lag_result import LagResult, Measured, judge, measure
from echospan.spans.search.trial import Rules, Trial, TrialRunner

Done = TypeVar("Done")


@dataclass
class LagTrainer:
    """Trains and measures one model at one lag at a time.

    Attributes:
        model: The model.
        rates: Which learning rates to try.
        budget: What all trials together may spend.
        seeds: Number of seeds.
        seed: The first of them.
        batch_size: Sequences in one update.
        stop: Whether the user has asked to end.
        on_look: Called after each look at a trial.
        kept: Trials that were finished before, and where finished ones are kept.
        ahead: Trials that were trained while cores were idle; None for none.
        now: The lag that is trained; None before the first one.
    """

    model: TrainableModel
    rates: Rates
    budget: Budget
    seeds: int
    seed: int = 0
    batch_size: int = 16
    stop: Callable[[], bool] = lambda: False
    on_look: Callable[[Trial, int], None] = lambda trial, limit: None
    kept: KeptTrials = field(default_factory=KeptTrials)
    ahead: Ahead | None = None
    now: Current | None = field(default=None, init=False)
    _trained: dict[tuple[int, float, int], Trial] = field(default_factory=dict, init=False)
    """By lag, rate and seed: a longer trial continues where the shorter one ended."""

    @property
    def ended(self) -> bool:
        """Whether no more training can be done."""
        spent = self.budget.spent and self.model.learns == "gradient"
        return spent or self.stop()

    @property
    def _all_seeds(self) -> range:
        return range(self.seed, self.seed + self.seeds)

    def forget(self, lag: int) -> None:
        """Drop the trials of a lag that needs no longer ones."""
        self._trained = {key: t for key, t in self._trained.items() if key[0] != lag}

    def train_ahead(self, rules: Rules, key: TrialKey, stop: Stop, on_look: OnLook) -> Trial:
        """Train a trial that may be wanted; it is what it would be if it were wanted.

        Args:
            rules: Those of the search; the key has the limit of updates.
            key: Which trial.
            stop: Asked between looks; true ends it.
            on_look: Called after each look.
        """
        spec = self._spec(key.lag)
        runner = TrialRunner(
            self.model,
            replace(rules, updates=key.updates),
            self.budget,
            lambda: stop() or self.stop(),
            on_look,
        )
        before = self._trained.get((key.lag, key.rate, key.seed))
        return runner.run(spec, key.rate, key.seed, self._validation(key.lag), before)

    def _spec(self, lag: int) -> TrainingSpec:
        return TrainingSpec(lag, self.model.task.training_length(lag), self.batch_size)

    def _validation(self, lag: int) -> np.ndarray:
        return self.model.task.evaluation_inputs(lag, self.seed, "validation")

    def at(self, lag: int, rules: Rules, pool: ThreadPoolExecutor) -> LagResult:
        """Train all seeds at this lag, with the learning rate that works best."""
        spec = self._spec(lag)
        self.now = Current(lag, rules.updates, self.rates, self._all_seeds)
        if self.model.learns != "gradient":
            pairs = [(0.0, seed) for seed in self._all_seeds]
            return self._result(spec, rules, self._trials(spec, rules, pairs, pool), pool)
        tried: dict[float, list[Trial]] = {}
        if self.rates.chosen is None:
            pairs = [(rate, self.seed) for rate in self.rates.to_try()]
            tried = {trial.rate: [trial] for trial in self._trials(spec, rules, pairs, pool)}
            self.rates.choose(tried)
        rate = self.rates.chosen
        assert rate is not None
        result = self._seeds(spec, rules, rate, tried, pool)
        if result.outcome != "solved":
            result = self._other_rate(spec, rules, result, tried, pool)
        result.tried = {
            rate: [trial.validation for trial in trials] for rate, trials in sorted(tried.items())
        }
        return result

    def _other_rate(
        self,
        spec: TrainingSpec,
        rules: Rules,
        result: LagResult,
        tried: dict[float, list[Trial]],
        pool: ThreadPoolExecutor,
    ) -> LagResult:
        """Find out whether another learning rate solves a lag that failed.

        One seed of each neighbour says which is the best of them, then all seeds of that one race
        with those of the rate in force, unless it is beaten already. A race that the budget or the
        user cuts short leaves the lag undecided.
        """
        rate = self.rates.chosen
        assert rate is not None
        pairs = [(other, self.seed) for other in self.rates.to_try() if other not in tried]
        cut = False
        for trial in self._trials(spec, rules, pairs, pool):
            cut = cut or trial.ending == "open"
            if trial.updates:
                tried[trial.rate] = [trial]
        others = [trials for r, trials in tried.items() if r != rate]
        best = max(others, key=preference, default=None)
        if cut or any(trial.ending == "open" for trials in others for trial in trials):
            return self._open(result)
        if best is None or out_of_race(best, tried[rate]):
            return result
        if self.ended:
            return self._open(result)
        other = self._seeds(spec, rules, best[0].rate, tried, pool)
        if any(trial.ending == "open" for trial in other.trials) and other.outcome != "solved":
            return self._open(result)
        if (
            other.outcome == "solved"
            or self.rates.choose({r: tried[r] for r in (rate, best[0].rate)}) != rate
        ):
            self.rates.chosen = best[0].rate
            return other
        return result

    def _open(self, result: LagResult) -> LagResult:
        result.outcome = "undecided"
        return result

    def _seeds(
        self,
        spec: TrainingSpec,
        rules: Rules,
        rate: float,
        tried: dict[float, list[Trial]],
        pool: ThreadPoolExecutor,
    ) -> LagResult:
        """All seeds at one rate; the first may have been trained to find that rate."""
        known = tried.get(rate, [])
        pairs = [(rate, seed) for seed in list(self._all_seeds)[len(known) :]]
        tried[rate] = [*known, *self._trials(spec, rules, pairs, pool)]
        return self._result(spec, rules, tried[rate], pool)

    def _trials(
        self,
        spec: TrainingSpec,
        rules: Rules,
        pairs: Sequence[tuple[float, int]],
        pool: ThreadPoolExecutor,
    ) -> list[Trial]:
        """One trial for each pair of learning rate and seed."""
        runner = TrialRunner(self.model, rules, self.budget, self.stop, self.on_look)
        validation = self._validation(spec.lag)
        trials = {pair: self._trained.get((spec.lag, *pair)) for pair in pairs}
        now = self.now
        if now is not None:
            now.asked.update(pairs)

        def one(pair: tuple[float, int], most: int) -> Trial:
            trial = made_or_known(pair, most)
            if now is not None and trial.decided:
                now.ended[pair] = trial
            return trial

        def made_or_known(pair: tuple[float, int], most: int) -> Trial:
            key = TrialKey(spec.lag, *pair, rules.updates)
            known = self.kept.lookup(key, spec)
            if known is not None:
                if known.trial.updates > most:
                    # As far as its share went then, so that the others' shares are what they were.
                    return replace(known.trial, updates=most, ending="open")
                self.budget.replay(known.elapsed)
                return known.trial
            # One whose share of a budget may end it is trained as far as its share goes.
            ahead = self.ahead if most >= rules.updates else None
            trial = ahead.take(key) if ahead is not None else None
            if trial is None:
                trial = runner.run(spec, *pair, validation, trials[pair], most)
            if trial.decided and trial is not trials[pair] and _uncapped(trial, rules):
                self.kept.keep(key, trial, self.budget.elapsed)
            return trial

        # A budget of updates is shared out anew when all trials have come to the end of their
        # shares: what each gets does not depend on which of them is faster.
        going = list(pairs)
        while going:
            made = {pair: _updates(trials[pair]) for pair in going}
            granted = self.budget.grant([max(0, rules.updates - made[pair]) for pair in going])
            most = [made[pair] + more for pair, more in zip(going, granted, strict=True)]
            after = self._concurrently(one, pool, going, most)
            trials.update(zip(going, after, strict=True))
            used = sum(_updates(trials[pair]) - made[pair] for pair in going)
            self.budget.give_back(sum(granted) - used)
            going = [pair for pair in going if self._goes_on(trials[pair], rules)]
            if self.ended:
                break
        done = [trial for trial in trials.values() if trial is not None]
        self._trained.update({(spec.lag, t.rate, t.seed): t for t in done})
        return done

    def _concurrently(
        self, work: Callable[..., Done], pool: ThreadPoolExecutor, *given: Sequence[Any]
    ) -> list[Done]:
        """Results of several calls, in order; what cores they leave idle trains ahead."""
        # What the user said of limits and of stopping is known in each thread.
        known = [copy_context() for _ in given[0]]
        using = nullcontext(_nothing) if self.ahead is None else self.ahead.using(len(known))
        with using as ended:

            def one(context: Context, *arguments: Any) -> Done:
                try:
                    return context.run(work, *arguments)
                finally:
                    ended()

            return list(pool.map(one, known, *given))

    def _goes_on(self, trial: Trial | None, rules: Rules) -> bool:
        """Whether only its share of the updates ended a trial."""
        return trial is not None and trial.ending == "open" and trial.updates < rules.updates

    def _result(
        self, spec: TrainingSpec, rules: Rules, trials: list[Trial], pool: ThreadPoolExecutor
    ) -> LagResult:
        measured = self._concurrently(partial(self._measure, spec, rules), pool, trials)
        outcome = judge(measured, [trial.is_open(rules) for trial in trials])
        return LagResult(spec.lag, outcome, trials, measured)

    def _measure(self, spec: TrainingSpec, rules: Rules, trial: Trial) -> Measured | None:
        if trial.weights is None:
            return None
        if not trial.updates and self.model.learns == "gradient":
            return None
        if not trial.decided and self.budget.overdrawn:
            # It decides nothing, and the time for measuring is used up, too.
            return None
        return measure(self.model, trial.weights, spec.lag, trial.seed, rules)


def _nothing() -> None: ...


def _updates(trial: Trial | None) -> int:
    return 0 if trial is None else trial.updates


def _uncapped(trial: Trial, rules: Rules) -> bool:
    """Whether it is the trial of a search without a cap.

    Where a cap ends a share of updates between two looks, the loss is looked at once more, and
    training can end there.
    """
    return all(
        updates % rules.every == 0 or updates == rules.updates for updates, _, _ in trial.curve
    )
