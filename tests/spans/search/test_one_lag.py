"""Which learning rate wins a race, and which may leave it early; and that seeds decide, not one."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import numpy as np

from echospan.measure import Interval
from echospan.spans.search.budget import Budget
from echospan.spans.search.ladder import Ladder, Rates, out_of_race, preference
from echospan.spans.search.lag_result import Measured
from echospan.spans.search.one_lag import LagTrainer
from echospan.spans.search.search import Search
from echospan.spans.search.trial import Rules


def trial(
    share: float, rate: float = 0.01, seed: int = 0, losses: tuple[float, ...] = (1.0,)
) -> Any:
    curve = [(100 * (n + 1), loss, 0.0) for n, loss in enumerate(losses)]
    solved = share > 0.97
    return SimpleNamespace(
        rate=rate, seed=seed, lag=5, curve=curve, validation=share, updates=100, weights=share,
        ending="solved" if solved else "stalled", decided=True, falling=False,
        is_open=lambda rules: False,
    )  # fmt: skip


def test_solved_counts_before_shares_and_low_losses_among_the_solved() -> None:
    assert preference([trial(0.98)]) > preference([trial(0.9)])
    assert preference([trial(0.9)]) > preference([trial(0.5)])
    quick, slow = trial(0.98, losses=(1.0, 0.1)), trial(0.99, losses=(1.0, 0.9, 0.1))
    assert preference([quick]) > preference([slow])
    # One seed of two solves it; none does, with more right answers.
    assert preference([trial(0.98), trial(0.3)]) > preference([trial(0.9), trial(0.9)])


def test_the_mean_over_seeds_decides() -> None:
    rates = Rates()
    lucky, steady = [trial(0.9), trial(0.2)], [trial(0.8), trial(0.8)]
    assert rates.choose({0.01: lucky, 0.03: steady}) == 0.03
    assert rates.chosen == 0.03


def test_only_a_rate_below_every_seed_of_the_other_leaves_the_race() -> None:
    assert out_of_race([trial(0.4)], [trial(0.5), trial(0.9)])
    assert not out_of_race([trial(0.6)], [trial(0.5), trial(0.9)])


class Racing(LagTrainer):
    """Shares of right answers by rate and seed are given; none of them solves the lag."""

    shares: dict[float, list[float]]

    def _trials(self, spec: Any, rules: Any, pairs: Any, pool: Any) -> list[Any]:
        return [trial(self.shares[rate][seed], rate, seed) for rate, seed in pairs]

    def _measure(self, spec: Any, rules: Any, trial: Any) -> Measured:
        low = Interval(trial.validation - 0.01, trial.validation + 0.01)
        none = np.zeros(0, "int32")
        return Measured(trial.validation, low, 100, None, none, none, trial.validation > 0.97)


def raced(shares: dict[float, list[float]]) -> tuple[float | None, dict[float, int]]:
    task = SimpleNamespace(echoes=False, training_length=lambda lag: 32)
    model = SimpleNamespace(learns="gradient", concurrent_trials=nullcontext, task=task)
    rates = Rates((0.003, 0.01, 0.03))
    rates.chosen = 0.01
    trainer = Racing(model, rates, Budget(updates=10**6), 3)  # type: ignore[arg-type]
    trainer.shares = shares
    search = Search(trainer, Ladder((5,)), Rules())
    search.run()
    tried = search.results[5].tried
    return rates.chosen, {rate: len(found) for rate, found in tried.items()}


def test_the_best_neighbour_races_with_all_seeds() -> None:
    # Its first seed looks better than the others of the rate in force; all its seeds are worse.
    found = raced({0.003: [0.1, 0.1, 0.1], 0.01: [0.5, 0.6, 0.6], 0.03: [0.7, 0.2, 0.2]})
    assert found == (0.01, {0.003: 1, 0.01: 3, 0.03: 3})
    # Its first seed is worse than the first of the rate in force; all its seeds are better.
    found = raced({0.003: [0.1, 0.1, 0.1], 0.01: [0.7, 0.3, 0.3], 0.03: [0.6, 0.8, 0.8]})
    assert found == (0.03, {0.003: 1, 0.01: 3, 0.03: 3})


def test_a_neighbour_that_is_beaten_already_gets_one_seed() -> None:
    found = raced({0.003: [0.1, 0.9, 0.9], 0.01: [0.5, 0.6, 0.6], 0.03: [0.4, 0.9, 0.9]})
    assert found == (0.01, {0.003: 1, 0.01: 3, 0.03: 1})
