"""What was held by lag, by hand, and how it stands to a bound; then models with a known one."""

from pathlib import Path
from typing import Any

import pytest

from echospan.results.capacity import Capacity, Held
from echospan.spans.api import span

FILE = f"{Path(__file__).with_name('bounded_models.py')}"


def curve(*bits: float, **changes: Any) -> Capacity:
    """Lags 1, 2, ... of two symbols; solved where all that is asked for is held."""
    plain = {"of_state": 64.0, "converged": True, "worst": 1.0}
    given = {**plain, **changes}
    held = [
        Held(lag, lag, b, (given["worst"] * b, b), given["converged"], b > 0.95 * lag)
        for lag, b in enumerate(bits, 1)
    ]
    return Capacity(tuple(held), given["of_state"])


def test_what_stays_while_more_is_asked_is_a_plateau() -> None:
    found = curve(1, 2, 3, 2.9, 2.8, 2.9, 3)
    assert found.standing == "plateau"
    assert (found.most, [one.lag for one in found.beyond]) == (3, [5, 6, 7])


def test_what_still_grows_or_falls_is_none() -> None:
    assert curve(1, 2, 3, 3.5, 4, 4.5, 5).standing == "open"
    assert curve(1, 2, 3, 2, 2, 2, 2).standing == "open"
    assert curve(1, 2, 3, 2, 1, 1, 0.5).standing == "falls"
    # Twice what is held was never asked for.
    assert curve(1, 2, 3, 2.9, 3).standing == "open"


def test_training_that_was_not_over_or_a_seed_that_failed_proves_no_plateau() -> None:
    assert curve(1, 2, 3, 3, 3, 3, 3, converged=False).standing == "open"
    assert curve(1, 2, 3, 3, 3, 3, 3, worst=0.3).standing == "open"


def test_the_size_of_the_state_is_a_bound_whatever_was_held() -> None:
    assert curve(1, 2, 3, 0, of_state=3.5).standing == "at-bound"
    assert curve(1, 2, 3, 0, of_state=4).standing == "open"
    assert curve(1, 2, 3, of_state=3).standing == "not-reached"


def measure(function: str, **settings: Any) -> dict[str, Any]:
    plain = {"symbols": 4, "budget": "120k updates", "seeds": 2, "updates": 4000}
    return span(f"{FILE}:{function}", **{**plain, **settings}).to_dict()


@pytest.mark.slow
def test_a_register_of_eight_bits_is_at_its_bound_after_four_symbols() -> None:
    sheet = measure("register")
    assert (sheet["span"], sheet["first_failed"]) == (4, 5)
    assert sheet["verdict_code"] == "limited-by-capacity"
    assert sheet["verdict_evidence"]["capacity"] == "at-bound"
    assert sheet["bits_of_state"] == 8
    assert sheet["capacity"]["most"] == pytest.approx(8, abs=0.2)


@pytest.mark.slow
def test_a_store_that_is_shared_out_stays_at_what_it_holds() -> None:
    """Four slots: beyond lag 4 every second symbol is kept, then every fourth, and so on."""
    sheet = measure("shared_store", lags=[4, 8, 16], rates=[0.03])
    # Lags 5 to 7 were not tested.
    assert (sheet["span"], sheet["span_at_least"]) == (None, 4)
    assert sheet["verdict_code"] == "limited-by-capacity"
    assert sheet["verdict_evidence"]["capacity"] == "plateau"
    held = {one["lag"]: one["bits"] for one in sheet["capacity"]["held"]}
    assert held == pytest.approx({4: 8, 8: 8, 16: 8}, abs=0.8)


@pytest.mark.slow
def test_two_units_hold_about_a_bit_each_and_the_ladder_finds_it() -> None:
    sheet = span(
        "lstm", units=2, symbols=2, budget="400k updates", updates=16_000, seeds=3
    ).to_dict()
    assert sheet["verdict_code"] == "limited-by-capacity"
    assert sheet["verdict_evidence"]["capacity"] == "plateau"
    assert 1.5 < sheet["capacity"]["most"] < 3


@pytest.mark.slow
def test_training_that_ends_too_early_is_not_a_full_state() -> None:
    """An LSTM of 32 units holds about 24 bits at every lag after 4000 updates, and more later."""
    sheet = span(
        "lstm", units=32, lags=[4, 12, 24], rates=[0.01], seeds=1, updates=1500, budget="6k updates"
    ).to_dict()
    assert sheet["verdict_code"] != "limited-by-capacity"
    assert sheet["capacity"]["standing"] == "open"
