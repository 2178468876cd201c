"""The table itself: rows, tolerances, what is kept when it is stopped."""

from __future__ import annotations

import json

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.tasks import lagged
from studies import Measured, Row, Work, measure_rows, rows, run
from studies.page import page
from studies.popgym import play
from studies.references import Reference, references
from studies.tolerance import Within
from studies.training import Trial, best_rate


def test_every_row_has_a_reference_and_every_reference_a_row():
    assert sorted(row.name for row in run.ROWS) == sorted(references())
    assert all(reference.source for reference in references().values())


def row(measure, name="echo-bits", needs=""):
    return Row(name, "", Within(0.1), measure, needs=needs)


def test_what_becomes_of_a_row(monkeypatch):
    def breaks(work):
        raise ZeroDivisionError("by zero")

    some = (
        row(lambda work: Measured(6.6)),
        row(lambda work: Measured(1.0), name="explained"),
        row(lambda work: Measured(1.0)),
        row(breaks),
        row(breaks, needs="no_such_package"),
    )
    known = {"echo-bits": Reference(6.6, "somewhere"), "explained": Reference(2, "", why="because")}
    monkeypatch.setattr(run, "ROWS", some)
    monkeypatch.setattr(run, "references", lambda: known)
    found = list(measure_rows())
    assert [each.status for each in found] == [
        "pass",
        "differs",
        "unexplained",
        "failed",
        "skipped",
    ]
    assert found[1].reason == "because"
    assert found[3].reason == "ZeroDivisionError: by zero"
    assert "pip install 'echospan[no_such_package]'" in found[4].reason
    json.dumps([each.to_dict() for each in found])
    text = page(
        found, {"cores": 2, "cpu": "x", "python": "3", "versions": {"keras": 1, "jax": 2}}, ""
    )
    assert text.count("| differs") == 2
    assert "Reference: somewhere." in text


def test_stopping_keeps_what_is_done(monkeypatch):
    asked = iter([False, False, True])

    def measure(work: Work):
        work.go_on()
        return Measured(6.6)

    monkeypatch.setattr(run, "ROWS", (row(measure), row(measure)))
    assert [each.status for each in measure_rows(stop=lambda: next(asked))] == ["pass"]


def test_rows_are_chosen_by_how_they_begin():
    assert [each.name for each in rows(["popgym-h"])] == ["popgym-hard"]
    assert all(each.quick for each in rows(quick=True))
    assert len(rows(quick=True)) < len(rows())
    with pytest.raises(ConfigError, match=r"--only must be the name of a row.*got 'nothing'"):
        rows(["nothing"])


def test_popgym_by_hand():
    # Four cards, k = 2: after the second and the third card the card before is asked.
    suits = np.array([3, 1, 2, 0])
    assert play(suits, np.array([0, 3, 1, 0]), 2) == pytest.approx(1)
    assert play(suits, np.array([0, 3, 0, 0]), 2) == pytest.approx(0)
    assert play(suits, lagged(suits[None], 1)[0], 2) == pytest.approx(1)
    assert play(suits, lagged(suits[None], 2)[0], 2) == pytest.approx(-1)


def test_a_rate_is_chosen_by_its_mean_validation_loss():
    runs = [Trial(seed, rate, losses=[9.0, loss]) for seed, rate, loss in [
        (0, 0.1, 0.0), (1, 0.1, 5.0), (0, 0.01, 2.0), (1, 0.01, 2.0), (0, 1.0, float("nan")),
    ]]  # fmt: skip
    assert best_rate(runs) == 0.01


@pytest.mark.slow
def test_the_quick_numbers_pass():
    """Those that take no training; the whole table is made by hand."""
    quick = ["echo-", "copy", "adding-constant", "tcn-field", "popgym", "capacity-r"]
    found = list(measure_rows(quick))
    assert {each.row.name: each.status for each in found if each.status != "pass"} == {}
