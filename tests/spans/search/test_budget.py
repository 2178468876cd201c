import pytest

from echospan.errors import ConfigError
from echospan.spans.search.budget import FOR_TRAINING, Budget


@pytest.mark.parametrize(
    ("text", "seconds", "updates"),
    [
        ("120", 120.0, None),
        ("90s", 90.0, None),
        ("5 min", 300.0, None),
        (2.5, 2.5, None),
        ("20000u", None, 20_000),
        ("20k updates", None, 20_000),
    ],
)
def test_it_is_read_as_written(text: object, seconds: float | None, updates: int | None) -> None:
    budget = Budget.parse(text)  # type: ignore[arg-type]
    assert (budget.seconds, budget.updates) == (seconds, updates)


@pytest.mark.parametrize("text", ["0", "-3", "soon", "", "5 parsecs", "nan"])
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="budget must be seconds"):
        Budget.parse(text)


def test_updates_are_shared_out_in_whole_pieces() -> None:
    budget = Budget(updates=105)
    assert budget.grant([60, 60, 20]) == [40, 30, 20]
    budget.give_back(25)
    assert budget.left == 40
    # Less than a piece for each: the first ones get it, whichever is faster.
    assert budget.grant([100] * 5) == [10, 10, 10, 10, 0]
    assert budget.spent
    assert budget.grant([100]) == [0]


def test_without_a_limit_each_gets_what_it_wants() -> None:
    budget = Budget()
    assert budget.grant([4000, 10]) == [4000, 10]
    assert not budget.spent
    assert (budget.left, str(budget)) == (None, "none")


def test_seconds_leave_time_to_measure() -> None:
    now = [0.0]
    budget = Budget(seconds=10, clock=lambda: now[0])
    assert not budget.out_of_time
    now[0] = 10 * FOR_TRAINING
    assert budget.out_of_time
    assert budget.spent
    assert not budget.overdrawn
    now[0] = 10.0
    assert budget.overdrawn


def test_the_time_of_preparing_does_not_count_however_many_do_it_at_once() -> None:
    now = [0.0]
    budget = Budget(seconds=10, clock=lambda: now[0])
    now[0] = 1.0
    with budget.preparing():
        now[0] = 31.0
        assert budget.elapsed == 1.0
        with budget.preparing():
            now[0] = 61.0
        assert budget.elapsed == 1.0
    now[0] = 63.0
    assert budget.elapsed == 3.0


def test_a_search_that_goes_on_has_used_the_time_of_the_one_before() -> None:
    now = [100.0]
    budget = Budget(seconds=10, clock=lambda: now[0])
    budget.replay(4.0)
    budget.replay(2.0)
    assert budget.elapsed == 4.0
