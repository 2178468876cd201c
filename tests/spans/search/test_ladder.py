from hypothesis import given
from hypothesis import strategies as st

from echospan.spans.search.ladder import Ladder


def climb(ladder: Ladder, solvable: int) -> None:
    for _ in range(200):
        lag = ladder.next()
        if lag is None:
            return
        ladder.record(lag, "solved" if lag <= solvable else "failed")
    raise AssertionError("the ladder does not end")


@given(solvable=st.integers(0, 300))
def test_it_finds_the_edge_exactly(solvable: int) -> None:
    ladder = Ladder(largest=300)
    climb(ladder, solvable)
    assert ladder.span == solvable
    assert ladder.first_failed == (solvable + 1 if solvable < 300 else None)


def test_short_lags_are_all_tried() -> None:
    ladder = Ladder()
    climb(ladder, 5)
    assert {1, 2, 3, 4, 5} <= set(ladder.outcomes)


def test_a_list_is_tried_as_it_is_even_beyond_a_failure() -> None:
    ladder = Ladder(listed=(2, 5, 9))
    climb(ladder, 3)
    assert ladder.outcomes == {2: "solved", 5: "failed", 9: "failed"}
    assert ladder.span == 2


def test_an_undecided_lag_ends_growth_and_is_no_part_of_the_span() -> None:
    ladder = Ladder()
    ladder.record(1, "solved")
    ladder.record(2, "undecided")
    assert ladder.next() is None
    assert ladder.span == 1


def test_a_lag_solved_beyond_an_unsolved_one_does_not_count() -> None:
    ladder = Ladder(listed=(1, 2, 3))
    for lag, how in ((1, "solved"), (2, "failed"), (3, "solved")):
        ladder.record(lag, how)  # type: ignore[arg-type]
    assert ladder.span == 1
    assert ladder.largest_solved == 1
