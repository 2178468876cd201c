"""The search for the span: lags by the ladder, rates by validation, seeds abreast.

Trials run in threads of the search's own, not in `engine.fleet`. A fleet runs compiled trainers for
a number of epochs that is known before; a trial ends by what it sees (solved, stalled, a budget
shared by all), lowers its rate on the way, and may be of a torch module, which has no compiled
trainer. What the two share is the number of threads. Ctrl-C sets `stop`, which every trial asks
between two looks, so that no thread outlives it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from echospan.adapters.trainable import TrainableModel
from echospan.engine.fleet.threaded import cores
from echospan.memory_tasks.base import TrainingSpec
from echospan.spans.budget import Budget
from echospan.spans.ladder import Ladder
from echospan.spans.lag_result import LagResult, judge
from echospan.spans.measuring import Measured, measure
from echospan.spans.rates import Rates, out_of_race, preference
from echospan.spans.trial import Rules, Trial, run_trial

BEYOND = (1.5, 2.0)
"""Once the edge is known and training has nothing left to give there, so many times the edge is
asked for: does what is held still grow?"""

MOST_DOUBLINGS = 3
"""How often a trial beyond the edge is made twice as long until its loss has stopped falling."""


@dataclass
class Search:
    """Trains and measures one model, lag by lag.

    Attributes:
        model: What is measured.
        ladder: Which lags.
        rates: Which learning rates.
        rules: When a trial ends.
        budget: What may be spent.
        seeds: How many.
        seed: The first of them.
        batch_size: Sequences in one update.
        stop: Whether the user has asked to end.
        on_look: Told after each look at a trial.
        longer: Spend what time is left on longer trials at the edge.
        results: By lag, as they come.
    """

    model: TrainableModel
    ladder: Ladder
    rates: Rates
    rules: Rules
    budget: Budget
    seeds: int
    seed: int = 0
    batch_size: int = 16
    stop: Callable[[], bool] = lambda: False
    on_look: Callable[[Trial], None] = lambda trial: None
    longer: bool = False
    results: dict[int, LagResult] = field(default_factory=dict)
    _most: dict[int, int] = field(default_factory=dict, init=False)
    _first: int = field(default=0, init=False)
    _trained: dict[tuple[int, float, int], Trial] = field(default_factory=dict, init=False)
    """By lag, rate and seed: a longer trial goes on where the shorter one ended."""

    def run(self) -> None:
        """Until the ladder or the budget ends."""
        self._first = self.rules.updates
        with self.model.concurrent_trials(), ThreadPoolExecutor(cores()) as pool:
            self._climb(pool)
            while self.longer and self._again(pool):
                self._climb(pool)
            if self.ladder.listed is None:
                self._beyond(pool)

    def _climb(self, pool: ThreadPoolExecutor) -> None:
        longest = self.rules
        while not self.ended and (lag := self.ladder.next()) is not None:
            self.rules = replace(longest, updates=self._affordable(lag, longest.updates))
            self._keep(self._lag(lag, pool))
        self.rules = longest

    def _affordable(self, lag: int, updates: int) -> int:
        """So many updates for a trial, or fewer where not even most seeds could make them.

        A new lag that trials as long as those of the edge before would leave undecided is decided
        by shorter ones: an edge that is known is worth more than one that is not.
        """
        left = self.budget.left(self.model.task.training_length(lag))
        while self.longer and updates > self._first and (self.seeds // 2 + 1) * updates > left:
            updates = max(self._first, updates // 2)
        return updates

    def _again(self, pool: ThreadPoolExecutor) -> bool:
        """Train on at the first lag that failed, to twice the updates; whether it is decided.

        Only where nothing else ended a trial: a limit of updates is no limit of the model.
        """
        edge = self.ladder.first_failed
        if edge is None or self.ended:
            return False
        if not any(trial.can_go_on for trial in self.results[edge].trials):
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

    def _beyond(self, pool: ThreadPoolExecutor) -> None:
        """Ask for more than the edge, where training has ended and something is held.

        Whether what is held stays while more is asked tells a limit of the state from one of
        training. Trials that the budget cuts short would tell nothing and are not kept.
        """
        model, edge = self.model, self.ladder.first_failed
        if edge is None or model.learns != "gradient" or not model.task.echoes:
            return
        found = self.results[edge]
        if (
            any(trial.falling for trial in found.trials)
            or found.solved_share
            or not any(m.recalled for m in found.measured if m is not None)
        ):
            return
        before = self.rules
        for factor in BEYOND:
            lag = min(round(factor * edge), model.task.largest)
            if lag not in self.results and (result := self._converged(lag, pool)) is not None:
                self._keep(result)
        self.rules = before

    def _converged(self, lag: int, pool: ThreadPoolExecutor) -> LagResult | None:
        """That lag, with trials as long as it takes; None where the budget ends before."""
        for _ in range(1 + MOST_DOUBLINGS):
            if self.ended or (result := self._lag(lag, pool)).outcome == "undecided":
                return None
            if result.converged or result.outcome == "solved" or not self.longer:
                return result
            self.rules = replace(self.rules, updates=2 * self.rules.updates)
        return result

    def _keep(self, result: LagResult) -> None:
        self.results[result.lag] = result
        self._most[result.lag] = self.rules.updates
        if result.outcome == "solved":
            self._trained = {key: t for key, t in self._trained.items() if key[0] != result.lag}
        self.ladder.record(result.lag, result.outcome)

    @property
    def ended(self) -> bool:
        """Whether no more training can be done."""
        spent = self.budget.spent and self.model.learns == "gradient"
        return spent or self.stop()

    def _lag(self, lag: int, pool: ThreadPoolExecutor) -> LagResult:
        spec = TrainingSpec(lag, self.model.task.training_length(lag), self.batch_size)
        seeds = range(self.seed, self.seed + self.seeds)
        if self.model.learns != "gradient":
            trials = self._trials(spec, [(0.0, seed) for seed in seeds], pool)
            return self._result(spec, trials)
        tried: dict[float, list[Trial]] = {}
        if self.rates.chosen is None:
            first = self._trials(spec, [(r, self.seed) for r in self.rates.to_try()], pool)
            tried = {trial.rate: [trial] for trial in first}
            self.rates.choose(tried)
        rate = self.rates.chosen
        assert rate is not None
        result = self._seeds(spec, rate, tried, seeds, pool)
        if result.outcome != "solved" and not self.ended:
            result = self._other_rate(spec, result, tried, seeds, pool)
        result.tried = {
            rate: [trial.validation for trial in trials] for rate, trials in sorted(tried.items())
        }
        return result

    def _other_rate(
        self,
        spec: TrainingSpec,
        result: LagResult,
        tried: dict[float, list[Trial]],
        seeds: range,
        pool: ThreadPoolExecutor,
    ) -> LagResult:
        """Near the edge: is it the rate?

        One seed of each neighbour says which is the best of them, then all seeds of that one race
        with those of the rate in force, unless it is beaten already.
        """
        rate = self.rates.chosen
        assert rate is not None
        more = [r for r in self.rates.to_try() if r not in tried]
        for trial in self._trials(spec, [(r, self.seed) for r in more], pool):
            tried[trial.rate] = [trial]
        others = [trials for r, trials in tried.items() if r != rate]
        best = max(others, key=preference, default=None)
        if best is None or self.ended or out_of_race(best, tried[rate]):
            return result
        other = self._seeds(spec, best[0].rate, tried, seeds, pool)
        if other.outcome == "undecided":
            return result
        if (
            other.outcome == "solved"
            or self.rates.choose({r: tried[r] for r in (rate, best[0].rate)}) != rate
        ):
            self.rates.chosen = best[0].rate
            return other
        return result

    def _seeds(
        self,
        spec: TrainingSpec,
        rate: float,
        tried: dict[float, list[Trial]],
        seeds: range,
        pool: ThreadPoolExecutor,
    ) -> LagResult:
        """All seeds at one rate; the first may have been trained to find that rate."""
        known = tried.get(rate, [])
        missing = list(seeds)[len(known) :]
        tried[rate] = [*known, *self._trials(spec, [(rate, seed) for seed in missing], pool)]
        return self._result(spec, tried[rate])

    def _trials(
        self, spec: TrainingSpec, asked: Sequence[tuple[float, int]], pool: ThreadPoolExecutor
    ) -> list[Trial]:
        validation = self.model.task.evaluation_inputs(spec.lag, self.seed, "validation")

        def one(pair: tuple[float, int]) -> Trial:
            rate, seed = pair
            return run_trial(
                self.model,
                spec,
                rate,
                seed,
                self.rules,
                self.budget,
                validation,
                self.stop,
                self.on_look,
                before=self._trained.get((spec.lag, rate, seed)),
            )

        trials = list(pool.map(one, asked))
        self._trained.update({(spec.lag, t.rate, t.seed): t for t in trials})
        return trials

    def _result(self, spec: TrainingSpec, trials: list[Trial]) -> LagResult:
        measured = [
            self._measure(spec, trial) if trial.weights is not None else None for trial in trials
        ]
        outcome = judge(measured, [not trial.decided for trial in trials])
        return LagResult(spec.lag, outcome, trials, measured)

    def _measure(self, spec: TrainingSpec, trial: Trial) -> Measured | None:
        if not trial.updates and self.model.learns == "gradient":
            return None
        return measure(self.model, trial.weights, spec.lag, trial.seed, self.rules)
