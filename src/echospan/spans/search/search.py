"""The search for the span: which lag is next, and how long its trials are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from echospan.adapters.trainable import TrainableModel
from echospan.engine.fleet.threaded import cores
from echospan.spans.search.ahead import Ahead
from echospan.spans.search.guesses import guesses
from echospan.spans.search.kept import TrialKey
from echospan.spans.search.ladder import Ladder
from echospan.spans.search.lag_result import LagResult
from echospan.spans.search.one_lag import LagTrainer
from echospan.spans.search.trial import Rules


@dataclass
class Search:
    """Trains and measures one model, lag by lag.

    Attributes:
        trainer: Trains the model at one lag.
        ladder: Which lags to try.
        rules: When a trial ends.
        beyond: Multiples of the first failed lag that are tried when training can't improve it any
            more, to see whether what is held still grows.
        results: Results by lag, as they come.
    """

    trainer: LagTrainer
    ladder: Ladder
    rules: Rules
    beyond: Sequence[float] = ()
    results: dict[int, LagResult] = field(default_factory=dict)
    _most: dict[int, int] = field(default_factory=dict, init=False)
    """By lag, the most updates that its trials were allowed."""

    @property
    def model(self) -> TrainableModel:
        """The model that is measured."""
        return self.trainer.model

    @property
    def failed(self) -> LagResult | None:
        """Result of the smallest lag that failed; None if no lag failed."""
        failed = [lag for lag, result in self.results.items() if result.outcome == "failed"]
        return self.results[min(failed)] if failed else None

    @property
    def cut_short(self) -> bool:
        """Whether the budget or the user ended it before the ladder did."""
        trials = [trial for result in self.results.values() for trial in result.trials]
        left = self.ladder.next() is not None or any(t.ending == "open" for t in trials)
        return self.trainer.ended and left

    def run(self) -> None:
        """Search until the ladder or the budget ends."""
        with (
            self.model.concurrent_trials(),
            ThreadPoolExecutor(cores()) as pool,
            self._training_ahead(),
        ):
            self._climb(pool)
            while self._again(pool):
                self._climb(pool)
            if self.ladder.listed is None:
                self._beyond(pool)

    @contextmanager
    def _training_ahead(self) -> Iterator[None]:
        """Context in which idle cores train what will probably be wanted.

        Not where seconds are limited: how far these reach would depend on the guesses.
        """
        trainer = self.trainer
        if trainer.budget.seconds is not None or self.model.learns != "gradient" or cores() < 2:
            yield
            return
        ahead = Ahead(
            cores(),
            lambda key, stop, on_look: trainer.train_ahead(self.rules, key, stop, on_look),
            self._guesses,
            trainer.on_look,
        )
        trainer.ahead = ahead
        try:
            yield
        finally:
            trainer.ahead = None
            ahead.close()

    def _guesses(self) -> list[TrialKey]:
        # Called from the threads of the trials, while outcomes may be recorded.
        ladder = replace(self.ladder, outcomes=dict(self.ladder.outcomes))
        now = self.trainer.now
        return [] if now is None else list(guesses(now, ladder, self._lags_beyond(ladder)))

    def _lags_beyond(self, ladder: Ladder) -> list[int]:
        """Lags beyond the first failure that are still to be probed."""
        edge, task = ladder.first_failed, self.model.task
        if edge is None or not task.echoes or ladder.listed is not None:
            return []
        lags = [min(round(factor * edge), task.largest) for factor in self.beyond]
        return [lag for lag in lags if lag not in self.results]

    def _climb(self, pool: ThreadPoolExecutor) -> None:
        while not self.trainer.ended and (lag := self.ladder.next()) is not None:
            self._keep(self._lag(lag, pool))

    def _again(self, pool: ThreadPoolExecutor) -> bool:
        """Continue training at the first unsolved lag, to twice the updates; whether it was done.

        Only if the loss still falls: a limit of updates is no limit of the model.
        """
        unsolved = [lag for lag, one in self.results.items() if one.outcome != "solved"]
        edge = min(unsolved, default=None)
        if edge is None or self.trainer.ended:
            return False
        if not any(trial.falling for trial in self.results[edge].trials):
            return False
        before = self.rules
        if self._most[edge] == before.updates:
            self.rules = before.longer
            if self.rules == before:
                return False
        # If the budget cuts the longer trials short, the lag is open again.
        self._keep(self._lag(edge, pool))
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
        for factor in self.beyond:
            lag = min(round(factor * edge), self.model.task.largest)
            if lag not in self.results and (more := self._converged(lag, pool)) is not None:
                self._keep(more)
        self.rules = before

    def _converged(self, lag: int, pool: ThreadPoolExecutor) -> LagResult | None:
        """That lag, with trials as long as it takes; None if the budget ends before."""
        while True:
            if self.trainer.ended or (result := self._lag(lag, pool)).outcome == "undecided":
                return None
            longer = self.rules.longer
            if result.converged or result.outcome == "solved" or longer == self.rules:
                return result
            self.rules = longer

    def _keep(self, result: LagResult) -> None:
        self.results[result.lag] = result
        self._most[result.lag] = self.rules.updates
        if result.outcome == "solved":
            self.trainer.forget(result.lag)
        self.ladder.record(result.lag, result.outcome)
        if self.trainer.ahead is not None:
            self.trainer.ahead.drop(self._wrong)

    def _wrong(self, key: TrialKey) -> bool:
        """Whether a trial that was begun ahead will hardly be wanted any more."""
        ladder = self.ladder
        if key.rate != self.trainer.rates.chosen or key.updates != self.rules.updates:
            return True
        if ladder.listed is not None:
            return key.lag in ladder.outcomes
        if ladder.next() is None:
            return key.lag not in self._lags_beyond(ladder)
        edge = ladder.first_failed
        return key.lag <= ladder.largest_solved or (edge is not None and key.lag >= edge)

    def _lag(self, lag: int, pool: ThreadPoolExecutor) -> LagResult:
        return self.trainer.at(lag, self.rules, pool)
