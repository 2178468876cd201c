"""What is guessed is what the search asks for next."""

from types import SimpleNamespace
from typing import Any

from echospan.spans.search.guesses import Current, guesses
from echospan.spans.search.ladder import Ladder, Rates

SEEDS = range(3)


def trial(ending: str, share: float = 0.5) -> Any:
    return SimpleNamespace(ending=ending, validation=share, curve=[(100, 1 - share, share)])


def current(lag: int, chosen: float | None, ended: dict[tuple[float, int], Any]) -> Current:
    rates = Rates((0.003, 0.01, 0.03))
    rates.chosen = chosen
    return Current(lag, 4000, rates, SEEDS, set(ended), ended)


def keys(now: Current, ladder: Ladder, **more: Any) -> list[tuple[int, float, int]]:
    return [(key.lag, key.rate, key.seed) for key in guesses(now, ladder, **more)]


def test_at_the_first_lag_the_rate_with_the_lowest_losses_is_guessed() -> None:
    ended = {(0.003, 0): trial("solved", 0.97), (0.01, 0): trial("solved", 0.99)}
    assert keys(current(1, None, ended), Ladder())[:2] == [(1, 0.01, 1), (1, 0.01, 2)]
    assert keys(current(1, None, {(0.01, 0): trial("stalled")}), Ladder()) == []


def test_a_lag_that_seems_solved_is_followed_by_the_next_ones() -> None:
    now = current(5, 0.01, {(0.01, seed): trial("solved") for seed in SEEDS})
    ladder = Ladder(outcomes={1: "solved", 2: "solved", 3: "solved", 4: "solved"})
    assert [lag for lag, _, _ in keys(now, ladder)] == [7] * 3 + [10] * 3 + [14] * 3
    assert ladder.outcomes.keys() == {1, 2, 3, 4}


def test_a_lag_that_seems_failed_is_followed_by_other_rates_and_the_gap() -> None:
    now = current(10, 0.01, {(0.01, seed): trial("spent") for seed in SEEDS})
    ladder = Ladder(outcomes={1: "solved", 5: "solved", 7: "solved"})
    assert keys(now, ladder)[:5] == [(10, 0.03, 0), (10, 0.003, 0)] + [
        (8, 0.01, seed) for seed in SEEDS
    ]
    # A neighbour that is not beaten by its first seed is trained with all of them.
    ended = {**now.ended, (0.03, 0): trial("spent", 0.6), (0.003, 0): trial("stalled", 0.1)}
    assert keys(current(10, 0.01, ended), ladder)[:2] == [(10, 0.03, 1), (10, 0.03, 2)]


def test_what_lies_beyond_the_edge_comes_when_the_ladder_has_ended() -> None:
    now = current(8, 0.01, {(0.01, seed): trial("stalled") for seed in SEEDS})
    ladder = Ladder(outcomes={7: "solved", 10: "failed"})
    assert {lag for lag, _, _ in keys(now, ladder, beyond=[12, 16])} == {8, 12, 16}
