"""`echospan diagnose`: what it hands on, prints and ends with. The work has its own tests."""

from __future__ import annotations

import json

import pytest

import echospan
from echospan.report.memory_objects import Diagnosis
from report.diagnoses import bare, found

SCRIPT = "def arguments():\n    return {'model': 1, 'x': 2, 'y': 3, 'batch_size': 4}\n"


@pytest.fixture
def called(monkeypatch, tmp_path):
    """What `echospan.diagnose` was called with; it returns `given["report"]`."""
    given = {"report": found()}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(SCRIPT, "utf-8")

    def diagnose(model, x, y, *, observer, stop, **settings):
        given.update(model=model, x=x, y=y, settings=settings)
        return given["report"]

    monkeypatch.setitem(vars(echospan), "diagnose", diagnose)
    return given


def test_a_fault_ends_with_1_and_no_fault_with_0(shell, called):
    said = shell("diagnose", "train.py:arguments")
    assert said.code == 1
    assert "Weakest link: the framing." in said.out
    assert (called["model"], called["x"], called["y"]) == (1, 2, 3)
    assert called["settings"] == {"batch_size": 4}
    called["report"] = bare()
    assert shell("diagnose", "train.py:arguments").code == 0


def test_options_stand_before_what_the_function_returns(shell, called):
    shell("diagnose", "train.py:arguments", "--batch-size", "8", "--span", "--seed", "3")
    assert called["settings"] == {"batch_size": 8, "span": True, "seed": 3}


def test_json_has_the_numbers_and_is_read_again(shell, called):
    said = shell("diagnose", "train.py:arguments", "--json")
    told = json.loads(said.out)
    assert (told["needs"], told["framing_reach"], told["span"], told["uses"]) == (12, 6, None, 2)
    assert told["weakest_link"] == "framing"
    assert told["remedy"].startswith("window=12")
    assert told["findings"][0]["code"] == "lag-outside-window"
    assert told["reasons"] == {"span": "not asked for"}
    assert Diagnosis.from_dict(told) == found()


def test_files_are_written(shell, called, tmp_path):
    said = shell("diagnose", "train.py:arguments", "-o", "found.json", "-o", "found.md")
    assert said.code == 1
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["needs"] == 12
    assert "found.md" in said.out
    assert "-o" in shell.refused("diagnose", "train.py:arguments", "-o", "found.doc")


def test_bad_input_ends_with_2(shell, called):
    assert "train.py:arguments" in shell.refused("diagnose", "train.py")
    assert "train.py:nobody" in shell.refused("diagnose", "train.py:nobody")


def test_an_interrupt_shows_what_there_is(shell, called):
    called["report"] = bare(stopped=True)
    said = shell("diagnose", "train.py:arguments")
    assert said.code == 130
    assert "Undecided." in said.out
    assert said.err == "Stopped.\n"
