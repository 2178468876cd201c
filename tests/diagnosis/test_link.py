"""Which link is the weakest, from numbers and intervals that are given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from echospan.diagnosis.gain import Gains, gains
from echospan.diagnosis.link import Evidence, weakest
from echospan.diagnosis.reach import Reached
from echospan.results.check_report import Finding
from echospan.results.diagnosis import Measured
from report.needed import needed, no_past
from report.usages import found as used

ERROR = Finding("state-row-mismatch", "error", "Row 3 inherits another sample's state. More.")
OTHER = Finding("loss-mismatch", "error", "The loss takes outputs for logits.")


def number(steps, low=None, high=None) -> Measured:
    low = steps if low is None else low
    return Measured(steps, (low, steps if high is None else high))


def seen(need, reach, use, *, held=None, chance=False, span=None, findings=(), **more):
    """Evidence with those numbers; each a number or (number, low, high)."""

    def measured(one):
        if one is None:
            return Measured(reason="unknown")
        return number(*one) if isinstance(one, tuple) else number(one)

    held = reach if held is None and isinstance(reach, int) else held
    lookback = None if need is None else needed(**more)
    return Evidence(
        measured(need), lookback, Reached(measured(reach), held), measured(span), measured(use),
        chance, None, findings,
    )  # fmt: skip


def test_equal_numbers_have_no_weak_link():
    assert weakest(seen(4, 4, 4)).weakest == "none"
    assert weakest(seen(4, 16, (5, 4, 6))).weakest == "none"


def test_what_samples_do_not_hold_is_a_matter_of_framing():
    found = weakest(seen((12, 12, 13), 6, 6))
    assert found.weakest == "framing"
    assert "at least 12 steps" in found.why


def test_what_the_model_cannot_see_in_samples_that_hold_it_is_a_matter_of_architecture():
    assert weakest(seen(12, 6, 6, held=20)).weakest == "architecture"
    assert weakest(seen(12, 20, 4, held=20, span=(5, 5, 5))).weakest == "architecture"


def test_a_span_below_what_the_model_is_seen_to_use_does_not_count():
    assert weakest(seen(12, 20, 12, held=20, span=(5, 5, 5))).weakest == "none"


def test_a_model_that_uses_less_than_reaches_it_is_a_matter_of_training():
    assert weakest(seen(12, 20, (3, 2, 5))).weakest == "training"
    assert weakest(seen(12, 20, None, chance=True)).weakest == "training"


def test_a_proved_fault_of_framing_stands_before_training():
    found = weakest(seen(12, 20, (3, 2, 5), findings=(OTHER, ERROR)))
    assert (found.weakest, found.finding) == ("framing", ERROR)
    assert found.why == "Row 3 inherits another sample's state."
    found = weakest(seen(12, 20, None, chance=True, findings=(OTHER,)))
    assert (found.weakest, found.finding) == ("training", OTHER)


@pytest.mark.parametrize(
    "evidence",
    [
        seen((12, 3, None), 20, (5, 2, 6)),  # both are wide
        seen((12, 3, 12), 6, 6),  # 3 would reach, 12 would not
        seen((4, 4, 4), 20, (2, 1, 9)),  # uses may be enough
        seen(None, 4, 4),
        seen(4, 4, None),
        seen(4, None, 4, held=4),
        seen(8, 8, 8, still_helps=True),  # longer may help, and does not reach
        seen(8, 8, 8, needs=8),  # all that was tried is needed
        seen(4, 20, None, chance=True, p_value=0.04),  # it may be chance that the past helps
    ],
)
def test_what_intervals_leave_open_is_undecided(evidence):
    assert weakest(evidence).weakest == "undecided"


def test_without_a_past_that_helps_the_data_are_the_weakest_link():
    nothing = replace(seen(0, 4, None, chance=True), lookback=no_past())
    assert weakest(nothing).weakest == "data"
    # Simple models are blind to what the trained one sees.
    assert weakest(replace(nothing, uses=number(3))).weakest == "undecided"


def test_a_model_that_gains_far_less_than_simple_ones_is_trained_too_short():
    short = Gains(simple=0.75, least=0.7, model=0.2, reliable=True)
    assert weakest(replace(seen(4, 4, 4), gains=short)).weakest == "training"
    assert weakest(replace(seen(4, 4, 4), gains=replace(short, model=0.6))).weakest == "none"
    assert weakest(replace(seen(4, 4, 4), gains=replace(short, reliable=False))).weakest == "none"


def test_gains_are_compared_for_the_same_kind_of_loss_only():
    found = gains(needed(), used())
    assert found is not None
    assert found.simple == pytest.approx(1 - 1.0 / 4.0)
    assert found.least == pytest.approx(1 - 1.1 / 3.6)
    assert found.model == pytest.approx((1.3 - 0.42) / 1.3)
    assert gains(needed(), used(loss="mae")) is None
    assert gains(needed(kind="symbols"), used()) is None
    assert gains(no_past(), used()) is None
    assert gains(None, used()) is None
