"""Facts made by hand, and the verdict that they must lead to."""

import math
from typing import Any

from echospan.measure import Interval
from echospan.results.capacity import Capacity, Held
from echospan.spans.facts import Facts, Failure
from echospan.spans.verdict import verdict

SOUND = {"finite": True, "uses_input": True, "causal": True, "step_by_step": True}


def failure(**changes: Any) -> Failure:
    plain: dict[str, Any] = {
        "lag": 8,
        "accuracy": 0.1,
        "interval": Interval(0.08, 0.12),
        "solved_share": 0.0,
        "endings": ("stalled", "stalled", "stalled"),
        "falling": False,
        "updates": 4000,
        "forward": 60,
        "gradient": 0.3,
        "gradient_start": 0.2,
    }
    lag = changes.get("lag", plain["lag"])
    plain |= {"reach": lag, "bits_needed": lag * math.log2(10)}
    return Failure(**{**plain, **changes})


def facts(**changes: Any) -> Facts:
    plain: dict[str, Any] = {
        "chance": 0.1,
        "threshold": 0.95,
        "span": 5,
        "largest": 1000,
        "learns": "gradient",
        "checks": SOUND,
        "evidence": {},
        "bits": 2048.0,
        "ended": "the budget of 120 s ended",
    }
    return Facts(**{**plain, **changes})


def code(given: Facts) -> str:
    found = verdict(given)
    assert found.sentence.endswith(".")
    return found.code


def test_what_lies_between_the_span_and_the_failure_is_said_to_be_open() -> None:
    sound = verdict(facts(failure=failure()))
    tried = verdict(facts(failure=failure(), untried=6))
    assert tried.code == sound.code
    assert tried.sentence == f"{sound.sentence} The budget of 120 s ended before lag 6 was tested."
    assert tried.evidence["untried"] == 6
    opened = verdict(facts(failure=failure(), undecided=6))
    assert opened.sentence == (
        f"{sound.sentence} Lag 6 is undecided, because the budget of 120 s ended."
    )
    # What lies beyond the failure changes nothing.
    assert verdict(facts(failure=failure(), untried=9, undecided=9)) == sound


def test_everything_solved() -> None:
    assert code(facts(span=20, largest=20)) == "solved"


def test_a_budget_that_decides_nothing_is_undecided() -> None:
    found = verdict(facts(span=0, undecided=1))
    assert found.code == "undecided"
    assert "120 s" in found.sentence
    assert code(facts(span=0)) == "undecided"
    assert "stopped" in verdict(facts(undecided=7, ended="it was stopped")).sentence


def test_a_ladder_that_the_budget_cut_between_two_lags_is_undecided() -> None:
    found = verdict(facts(span=5, largest=1000))
    assert found.code == "undecided"
    assert "Lag 5 is solved and no larger lag was tested" in found.sentence


def test_beyond_its_field_it_is_the_field() -> None:
    found = verdict(facts(failure=failure(lag=8), receptive_field=8))
    assert found.code == "limited-by-receptive-field"
    assert "last 8 steps" in found.sentence
    assert "chance" in found.sentence


def test_inside_its_field_it_is_not_the_field() -> None:
    assert code(facts(failure=failure(lag=7), receptive_field=8)) != "limited-by-receptive-field"


def test_more_bits_than_the_state_has() -> None:
    # 8 symbols of 10 need 26.6 bits.
    assert code(facts(failure=failure(), bits=26.0)) == "limited-by-capacity"
    assert code(facts(failure=failure(), bits=27.0)) != "limited-by-capacity"


def seen(*bits: float) -> Capacity:
    """Bits that were held at lags 4, 8, 12, ... of ten symbols; lag 4 is solved."""
    rows = [Held(4 * n, 13.29 * n, b, (b, b), True, n == 1) for n, b in enumerate(bits, 1)]
    return Capacity(tuple(rows), 2048.0)


def test_what_is_held_stays_while_more_is_asked() -> None:
    found = verdict(facts(failure=failure(accuracy=0.5), capacity=seen(13, 14, 13.5, 14)))
    assert found.code == "limited-by-capacity"
    assert found.evidence["capacity"] == "plateau"
    assert "about 14.0 bits, while lags up to 16 need 53.2" in found.sentence
    assert "not proved" in found.sentence


def test_a_plateau_is_no_excuse_where_training_can_do_more() -> None:
    for more in ({"solved_share": 1 / 3}, {"falling": True}, {"other_rate": 0.003}):
        given = facts(failure=failure(**more), capacity=seen(13, 14, 13.5, 14))
        assert code(given) == "limited-by-optimisation"
    found = verdict(facts(failure=failure(), capacity=seen(13, 20, 15, 14)))
    assert found.code == "limited-by-optimisation"
    assert "20.0 bits were stored at lag 8; whether its state could store more is undecided" in (
        found.sentence
    )


def test_a_state_that_holds_less_where_more_is_asked_is_not_full() -> None:
    found = verdict(facts(failure=failure(), capacity=seen(13, 20, 15, 4)))
    assert found.code == "limited-by-optimisation"
    assert (
        "20.0 bits were stored at lag 8 and 4.0 at lag 16. The size of its state does not"
        in found.sentence
    )


def test_another_seed_solves_it() -> None:
    assert code(facts(failure=failure(solved_share=1 / 3))) == "limited-by-optimisation"


def test_another_rate_solves_it() -> None:
    found = verdict(facts(failure=failure(other_rate=0.003)))
    assert found.code == "limited-by-optimisation"
    assert "0.003" in found.sentence


def test_the_loss_is_still_falling() -> None:
    given = failure(falling=True, accuracy=0.6, interval=Interval(0.58, 0.62))
    found = verdict(facts(failure=given))
    assert found.code == "limited-by-optimisation"
    assert "still falling after 4,000 updates" in found.sentence


def test_a_vanished_gradient_at_chance() -> None:
    assert code(facts(failure=failure(gradient=1e-7))) == "gradient-vanishing"


def test_a_small_gradient_is_no_excuse_above_chance() -> None:
    given = failure(gradient=1e-7, accuracy=0.6, interval=Interval(0.58, 0.62))
    assert code(facts(failure=given)) == "limited-by-optimisation"


def test_no_gradient_at_all_where_the_answer_still_depends_on_it() -> None:
    given = failure(gradient=0.0, gradient_start=0.0)
    assert code(facts(failure=given)) == "gradient-truncated"
    assert code(facts(failure=failure(), truncated=True)) == "gradient-truncated"


def test_solved_in_training_but_not_on_longer_sequences() -> None:
    given = failure(at_trained_length=0.99, accuracy=0.4, interval=Interval(0.38, 0.42))
    assert code(facts(failure=given)) == "limited-by-length"


def test_a_fixed_model_is_not_blamed_on_training() -> None:
    assert code(facts(failure=failure(), learns="ridge")) == "limited-by-fixed-dynamics"
    assert code(facts(failure=failure(), learns="nothing")) == "limited-by-fixed-dynamics"


def test_a_broken_model_comes_before_any_span() -> None:
    for check, expected in (
        ("causal", "not-causal"),
        ("uses_input", "ignores-input"),
        ("rows_independent", "rows-mixed"),
        ("step_by_step", "state-not-carried"),
        ("finite", "diverged"),
    ):
        given = facts(span=20, largest=20, checks={**SOUND, check: False})
        assert code(given) == expected


def test_single_steps_without_state() -> None:
    assert code(facts(failure=failure(lag=1), forgets=True)) == "state-not-carried"


def test_an_open_lag_below_the_failure_is_said() -> None:
    found = verdict(facts(failure=failure(lag=8), undecided=6))
    assert found.code == "limited-by-optimisation"
    assert "Lag 6 is undecided" in found.sentence
