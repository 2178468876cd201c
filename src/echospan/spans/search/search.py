"""The search for the span: which lag is next, and how long its trials are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from echospan.adapters.trainable import TrainableModel
from echospan.engine.fleet.threaded import cores
from echospan.spans.search.ladder import Ladder
from echospan.spans.search.lag_result import LagResult
from echospan.spans.search.one_lag import LagTrainer
from echospan.spans.search.trial import Rules

BEYOND = (1.5, 2.0)
"""Multiples of the first failed lag that are tried when training can't improve it any more, to see
whether what is held still grows."""

MOST_DOUBLINGS = 3
"""How often a trial beyond the first failure is made twice as long until its loss is flat."""


@dataclass
class Search:
    """Trains and measures one model, lag by lag.

    Attributes:
        trainer: Trains the model at one lag.
        ladder: Which lags to try.
        rules: When a trial ends.
        longer: Spend time that is left on longer trials at the first failed lag.
        results: Results by lag, as they come.
    """

    trainer: LagTrainer
    ladder: Ladder
    rules: Rules
    longer: bool = False
    results: dict[int, LagResult] = field(default_factory=dict)
    _most: dict[int, int] = field(default_factory=dict, init=False)
    """By lag, the most updates that its trials were allowed."""
    _first: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._first = self.rules.updates

    @property
    def model(self) -> TrainableModel:
        """The model that is measured."""
        return self.trainer.model

    @property
    def failed(self) -> LagResult | None:
        """Result of the smallest lag that failed; None if no lag failed."""
        failed = [lag for lag, result in self.results.items() if result.outcome == "failed"]
        return self.results[min(failed)] if failed else None

    def run(self) -> None:
        """Search until the ladder or the budget ends."""
        with self.model.concurrent_trials(), ThreadPoolExecutor(cores()) as pool:
            self._climb(pool)
            while self.longer and self._again(pool):
                self._climb(pool)
            if self.ladder.listed is None:
                self._beyond(pool)

    def _climb(self, pool: ThreadPoolExecutor) -> None:
        longest = self.rules
        while not self.trainer.ended and (lag := self.ladder.next()) is not None:
            self.rules = replace(longest, updates=self._affordable(lag, longest.updates))
            self._keep(self._lag(lag, pool))
        self.rules = longest

    def _affordable(self, lag: int, updates: int) -> int:
        """That many updates for a trial, or fewer if not even most seeds could make them.

        A new lag that trials as long as those of the edge before would leave undecided is decided
        by shorter ones: an edge that is known is worth more than one that is not.
        """
        trainer = self.trainer
        left = trainer.budget.left(self.model.task.training_length(lag))
        while self.longer and updates > self._first and (trainer.seeds // 2 + 1) * updates > left:
            updates = max(self._first, updates // 2)
        return updates

    def _again(self, pool: ThreadPoolExecutor) -> bool:
        """Continue training at the first failed lag, to twice the updates; whether it is decided.

        Only if nothing else ended a trial: a limit of updates is no limit of the model.
        """
        edge = self.ladder.first_failed
        if edge is None or self.trainer.ended:
            return False
        if not any(trial.can_go_on for trial in self.results[edge].trials):
            return False
        before = self.rules
        if self._most[edge] == before.updates:
            self.rules = replace(before, updates=2 * before.updates)
        result = self._lag(edge, pool)
        if result.outcome == "undecided":
            # Cut short by the budget: the result of the shorter trials stands.
            self.rules = before
            return False
        self._keep(result)
        return True

    def _beyond(self, pool: ThreadPoolExecutor) -> None:
        """Probe lags beyond the first failure, to tell capacity from training limits.

        If what is held stays while more is asked for, the state is the limit. Trials that the
        budget cuts short would tell nothing and are not kept.
        """
        edge = self.ladder.first_failed
        if edge is None or self.model.learns != "gradient" or not self.model.task.echoes:
            return
        result = self.results[edge]
        if (
            any(trial.falling for trial in result.trials)
            or result.solved_share
            or not any(m.recalled for m in result.measured if m is not None)
        ):
            return
        before = self.rules
        for factor in BEYOND:
            lag = min(round(factor * edge), self.model.task.largest)
            if lag not in self.results and (more := self._converged(lag, pool)) is not None:
                self._keep(more)
        self.rules = before

    def _converged(self, lag: int, pool: ThreadPoolExecutor) -> LagResult | None:
        """That lag, with trials as long as it takes; None if the budget ends before."""
        for _ in range(1 + MOST_DOUBLINGS):
            if self.trainer.ended or (result := self._lag(lag, pool)).outcome == "undecided":
                return None
            if result.converged or result.outcome == "solved" or not self.longer:
                return result
            self.rules = replace(self.rules, updates=2 * self.rules.updates)
        return result

    def _keep(self, result: LagResult) -> None:
        self.results[result.lag] = result
        self._most[result.lag] = self.rules.updates
        if result.outcome == "solved":
            self.trainer.forget(result.lag)
        self.ladder.record(result.lag, result.outcome)

    def _lag(self, lag: int, pool: ThreadPoolExecutor) -> LagResult:
        return self.trainer.at(lag, self.rules, pool)
