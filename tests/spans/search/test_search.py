from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from echospan.measure import Interval
from echospan.memory_tasks.echo import EchoTask
from echospan.spans.search.budget import Budget
from echospan.spans.search.ladder import Ladder, Rates
from echospan.spans.search.lag_result import LagResult, Measured, judge
from echospan.spans.search.one_lag import LagTrainer
from echospan.spans.search.search import Search
from echospan.spans.search.trial import Rules

NOTHING = np.zeros(0, "int32")


def seed(solved: bool) -> Measured:
    return Measured(0.5, Interval(0.4, 0.6), 100, None, NOTHING, NOTHING, solved)


def test_the_median_seed_decides() -> None:
    yes, no = seed(True), seed(False)
    closed = [False] * 3
    assert judge([yes, yes, no], closed) == "solved"
    assert judge([yes, no, no], closed) == "failed"
    assert judge([yes, no], [False] * 2) == "failed"


def test_open_seeds_count_only_where_they_could_change_nothing() -> None:
    yes, no = seed(True), seed(False)
    assert judge([yes, yes, None], [False, False, True]) == "solved"
    assert judge([no, no, None], [False, False, True]) == "failed"
    assert judge([yes, no, None], [False, False, True]) == "undecided"
    assert judge([no, no, no], [True, True, True]) == "undecided"


class Learning(Search):
    """A search whose lag n is solved by n thousand updates; with `most`, no more are to be had."""

    most: int = 10**9

    def _lag(self, lag, pool):
        updates = self.rules.updates
        if updates > self.most:
            return self._answer(lag, "undecided")
        return self._answer(lag, "solved" if updates >= 1000 * lag else "failed")

    def _answer(self, lag, outcome):
        trial = SimpleNamespace(
            can_go_on=outcome != "solved" and self.rules.updates < 9000, falling=False
        )
        return LagResult(lag, outcome, [trial], [None])


def searched(longer, most=10**9):
    model = SimpleNamespace(
        learns="gradient",
        concurrent_trials=nullcontext,
        task=SimpleNamespace(echoes=False, training_length=lambda lag: 32),
    )
    trainer = LagTrainer(model, Rates(), Budget(), 1)
    search = Learning(trainer, Ladder(), Rules(), longer=longer)
    search.most = most
    search.run()
    return search


def test_time_that_is_left_goes_into_longer_trials_at_the_edge() -> None:
    assert searched(longer=False).ladder.span == 4
    # Up to 16,000 updates, where the loss no longer falls.
    search = searched(longer=True)
    assert search.ladder.span == 16
    assert search.ladder.first_failed == 17
    assert search.rules.updates == 16_000


def test_a_longer_trial_that_is_cut_short_changes_nothing() -> None:
    search = searched(longer=True, most=4000)
    assert search.ladder.span == 4
    assert search.results[5].outcome == "failed"
    assert search.rules.updates == 4000


def test_a_lag_that_long_trials_would_leave_open_is_decided_by_shorter_ones() -> None:
    trainer = LagTrainer(
        SimpleNamespace(
            learns="gradient", concurrent_trials=nullcontext, task=EchoTask(10)
        ),
        Rates(), Budget(seconds=1e9, updates=20_000), 3,
    )  # fmt: skip
    search = Learning(trainer, Ladder(), Rules(), longer=True)
    assert search._first == 4000
    # Two of three seeds must be able to make them.
    assert search._affordable(5, 8000) == 8000
    assert search._affordable(5, 16_000) == 8000
    trainer.budget.take(15_000)
    assert search._affordable(5, 16_000) == 4000


@pytest.mark.parametrize("longer", [False, True])
def test_a_search_ends(longer) -> None:
    search = searched(longer)
    assert search.ladder.next() is None
