from __future__ import annotations

import pytest

from echospan.measure import Interval
from studies import Measured, Outcome, Row
from studies.page import page
from studies.references import Reference
from studies.tolerance import Within

MACHINE = {"cores": 2, "cpu": "x", "python": "3", "versions": {"keras": 1, "jax": 2}}


def outcome(*, quick: bool, seconds: float, kept: bool = False) -> Outcome:
    row = Row("echo-bits", "what", Within(0.5), lambda work: Measured(0), quick=quick)
    ours = Measured(1.25, Interval(1, 1.5), "how", (1.0, 1.5))
    return Outcome(
        row,
        Reference(1, "somewhere", "more", seeds=3, spread=0.25, rate=0.01),
        ours,
        "pass",
        "",
        seconds,
        kept,
    )


@pytest.fixture
def outcomes():
    return [outcome(quick=True, seconds=60, kept=True), outcome(quick=False, seconds=90)]


def test_a_line_has_the_number_of_seeds(outcomes):
    text = page(outcomes, MACHINE, "python -m studies.verify")
    assert "## What agrees" in text
    assert text.count("| what | 1 | 1.25 | 2 | 1 to 1.5 | ± 0.5 | pass |") == 2
    said = "somewhere (sd 0.25 between its 3 seeds, learning rate 0.01; more)"
    assert f"- `echo-bits` (what). Reference: {said}. Ours: how." in text


def test_the_times_say_what_they_are_of(outcomes):
    quiet = page(outcomes, MACHINE, "", load=1.0)
    assert "The rows took 2.5 minutes, those of `--quick` 60 seconds of them" in quiet
    assert "1 of them were kept from earlier starts" in quiet
    assert "busy" not in quiet
    assert "14 programs on 2 cores" in page(outcomes, MACHINE, "", load=14.0)
