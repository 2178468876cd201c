from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from echospan.measure import Interval
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
        trial = SimpleNamespace(falling=outcome != "solved")
        return LagResult(lag, outcome, [trial], [None])


def searched(most_updates, most=10**9):
    model = SimpleNamespace(
        learns="gradient",
        concurrent_trials=nullcontext,
        task=SimpleNamespace(echoes=False, training_length=lambda lag: 32),
    )
    trainer = LagTrainer(model, Rates(), Budget(), 1)
    search = Learning(trainer, Ladder(), Rules(most_updates=most_updates))
    search.most = most
    search.run()
    return search


def test_trials_grow_at_the_edge_while_the_loss_falls() -> None:
    assert searched(4000).ladder.span == 4
    search = searched(16_000)
    assert search.ladder.edge == (16, "measured", 16, 17)
    assert search.rules.updates == 16_000
    # The limit may be less than twice as many.
    assert searched(6000).ladder.span == 6


def test_a_longer_trial_that_is_cut_short_leaves_the_lag_undecided() -> None:
    search = searched(8000, most=4000)
    assert search.results[5].outcome == "undecided"
    assert search.ladder.edge[:3] == (None, "at_least", 4)


@pytest.mark.parametrize("most_updates", [4000, 8000])
def test_a_search_ends(most_updates) -> None:
    search = searched(most_updates)
    assert search.ladder.next() is None
