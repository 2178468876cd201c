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


def test_updates_are_counted_in_whole_pieces() -> None:
    budget = Budget(updates=105)
    assert [budget.take(60), budget.take(60), budget.take(60)] == [60, 40, 0]
    assert budget.spent


def test_seconds_leave_time_to_measure() -> None:
    now = [0.0]
    budget = Budget(seconds=10, clock=lambda: now[0])
    assert budget.take(50) == 50
    now[0] = 10 * FOR_TRAINING
    assert budget.take(50) == 0
    assert budget.spent


def test_what_is_left_of_seconds_is_told_in_updates_at_the_pace_so_far() -> None:
    now = [0.0]
    budget = Budget(seconds=100, clock=lambda: now[0])
    assert budget.left() == float("inf")
    budget.take(200, length=32)
    now[0] = 20.0
    assert budget.left(32) == pytest.approx((100 * FOR_TRAINING - 20) * 10)
    # Twice the steps, half the updates.
    assert budget.left(64) == pytest.approx((100 * FOR_TRAINING - 20) * 5)
    now[0] = 99.0
    assert budget.left(32) == 0
    budget = Budget(updates=500)
    budget.take(200)
    assert budget.left(32) == budget.left(64) == 300
