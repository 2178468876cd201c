"""The time of a check: what is measured, and what becomes of one that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import checks
from benchmarks.jobs import JOBS
from benchmarks.process import NotMeasured
from benchmarks.session import Settings
from benchmarks.table import verdict_table


@pytest.fixture
def settings() -> Settings:
    return Settings(Path("nowhere"), [], 3, say=lambda line: None)


def test_each_repeat_is_a_time_and_the_limit_is_told(settings, monkeypatch):
    found = iter((1.0, 3.0, 2.0))
    monkeypatch.setattr(checks, "run", lambda name: {"seconds": next(found), "cpu": 0.5})
    *_, result = checks.measure(JOBS["check-torch"], settings)
    (ours,) = result.measured
    assert ours.seconds == [1.0, 3.0, 2.0]
    assert ours.note == "0.5 s of processor time in the median"
    table = verdict_table([result])
    assert "under 1.5 s" in table
    assert "2.0 [1.0, 3.0]" in table
    assert "**no**" in table


def test_a_check_that_fails_is_not_measured(settings, monkeypatch):
    def fails(name: str) -> None:
        raise NotMeasured("ended with code 1: no torch")

    monkeypatch.setattr(checks, "run", fails)
    (result,) = checks.measure(JOBS["check-keras"], settings)
    assert result.measured[0].failure == "ended with code 1: no torch"
    assert verdict_table([result]).count("\n") == 1


def test_the_last_words_of_a_program_that_ends_are_told(monkeypatch):
    monkeypatch.setitem(checks.PROGRAMS, "check-torch", "raise SystemExit('no torch here')")
    with pytest.raises(NotMeasured, match="no torch here"):
        checks.run("check-torch")


@pytest.mark.slow
@pytest.mark.parametrize("name", checks.PROGRAMS)
def test_the_typical_check_finds_nothing(name):
    pytest.importorskip("torch")
    found = checks.run(name)
    assert found["codes"] == []
    assert found["seconds"] > 0
