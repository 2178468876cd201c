"""`echospan needs`: what it hands on, prints and ends with. What it finds has tests of its own."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

import echospan
from echospan.errors import ConfigError
from echospan.report.memory_objects import NeedsReport
from report.needed import needed, no_past


@pytest.fixture
def given(monkeypatch):
    """What `echospan.needs` was called with; it returns `given["report"]`."""
    called: dict[str, Any] = {"report": needed()}

    def needs(series, *, observer, stop, **settings):
        called.update(series=series, settings=settings)
        if isinstance(called["report"], Exception):
            raise called["report"]
        return called["report"]

    monkeypatch.setitem(vars(echospan), "needs", needs)
    return called


def test_options_are_handed_on(shell, given):
    shell(
        *("needs", "a.csv", "--column", "price", "--horizon", "24", "--with", "rain,wind"),
        *("--with", "sun", "--time", "day", "--by", "shop", "--kind", "numbers", "--unit", "word"),
        *("--lookbacks", "1,2,8", "--splits", "forward", "--seed", "3"),
    )
    assert str(given["series"]) == "a.csv"
    assert given["settings"] == {
        "target": "price", "horizon": 24, "columns": ("rain", "wind", "sun"), "kind": "numbers",
        "lookbacks": (1, 2, 8), "splits": "forward", "time": "day", "by": "shop", "unit": "word",
        "seed": 3,
    }  # fmt: skip
    shell("needs", "a.txt")
    assert given["settings"] == {
        "target": 0, "horizon": 1, "columns": (), "kind": None, "lookbacks": None,
        "splits": "blocks", "time": None, "by": None, "unit": "char", "seed": 0,
    }  # fmt: skip


def test_json_is_one_object_with_the_names_of_the_issue(shell, given):
    said = shell("needs", "a.csv", "--json")
    assert (said.code, said.err, said.out.count("\n")) == (0, "", 1)
    told = json.loads(said.out)
    assert {
        "needs", "at_least", "enough", "any_past_helps", "p_value", "detectable_gain",
        "still_helps", "gain_98", "curve", "lags", "paste",
    } <= set(told)  # fmt: skip
    assert set(told["curve"][0]) == {"lookback", "loss", "interval"}
    assert set(told["lags"][0]) == {"lag", "column", "beyond_the_others", "alone"}
    assert NeedsReport.from_dict(told) == needed()


def test_the_report_and_files_are_written(shell, given, tmp_path):
    given["report"] = no_past()
    said = shell("needs", "a.csv", "-o", "found.json", "-o", "found.md")
    assert said.code == 0
    assert "No past helps" in said.out
    assert said.out.endswith("found.json\nfound.md\n")
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["needs"] == 0
    assert "--output must be a file name" in shell.refused("needs", "a.csv", "-o", "found.doc")


def test_what_was_found_before_an_interrupt_is_shown(shell, given):
    given["report"] = needed(stopped=True)
    said = shell("needs", "a.csv")
    assert said.code == 130
    assert "Interrupted: lookbacks up to 8 were tried" in " ".join(said.out.split())
    assert said.err == "Stopped.\n"


@pytest.mark.parametrize(
    ("field", "option"),
    [("target", "--column"), ("columns", "--with"), ("series", "FILE"), ("kind", "--kind")],
)
def test_an_error_names_the_option(shell, given, field, option):
    given["report"] = ConfigError(field, "something else", "x")
    told = shell.refused("needs", "a.csv", "--column", "x", "--with", "y", "--kind", "numbers")
    assert told.startswith(f"error: {option} must be something else")


def test_bad_use_is_one_line(shell, given):
    assert "--lookbacks must be whole numbers" in shell.refused("needs", "a", "--lookbacks", "1,b")
    assert "--with must be names of columns" in shell.refused("needs", "a", "--with", "a,,b")
    assert shell("needs", "a.csv", "--horizon", "0").code == 2
    assert shell("needs", "a.csv", "--kind", "words").code == 2
    assert shell("needs").code == 2
    assert "series" not in given


TABLE = "t,v,w,x\n" + "".join(f"2026-01-{d:02d},{d % 3},{d}.5,a\n" for d in range(1, 29))


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        (None, (), "nofile.csv does not exist"),
        (
            TABLE,
            (),
            "--column must be given: a column of a.csv, one of t (text), v (numbers), w (numbers), "
            "x (text)",
        ),
        (TABLE, ("--column", "z"), "there is no column 'z'"),
        (TABLE, ("--column", "v"), "v has 28 values that are not missing; at least 40"),
        (TABLE, ("--column", "w", "--with", "x"), "column 'x', line 2: 'a' is no number"),
        (TABLE, ("--column", "v", "--time", "x"), "x must hold numbers or dates"),
        (TABLE, ("--column", "v", "--kind", "symbols", "--with", "w"), "--kind must be numbers"),
        ("v\n" + "5\n" * 60, (), "v is constant: all 60 values are equal"),
        ("v,u\n" + ",1\n" * 60, ("--column", "v"), "v: all 60 values are missing"),
        ("v\n" + "1\n2\n" * 30 + "oops\n", (), "line 62: 'oops' is no number, and the rows"),
        ("v\nup\n" + "1\n2\n" * 30, (), "'up' is no number, and other rows are"),
        ("t,v\n" + "2,1\n1,2\n" * 30, ("--column", "v", "--time", "t"), "t is not sorted: row 2"),
        ("t,v\n" + "1,1\n1,2\n" * 30, ("--column", "v", "--time", "t"), "t is doubled: rows 1"),
        ("v\n" + "1.5\n2.25\n0.5\n" * 20, ("--horizon", "99"), "with horizon 99 and a lookback"),
    ],
)
def test_what_cannot_be_measured_is_one_line(shell, tmp_path, text, words, says):
    if text is not None:
        (tmp_path / "a.csv").write_text(text, "utf-8")
    name = "nofile.csv" if text is None else "a.csv"
    assert says in shell.refused("needs", name, *words)


def test_a_file_is_measured(shell, tmp_path):
    (tmp_path / "a.txt").write_text("ab" * 200, "utf-8")
    told = shell("needs", "a.txt", "--json", "--lookbacks", "1,2").json
    assert (told["kind"], told["symbols"], told["needs"]) == ("symbols", 2, 1)
    assert told["lags"][0]["lag"] == 1


def test_an_interrupt_keeps_what_there_is(shell, tmp_path, monkeypatch):
    from echospan.lookback.models import SymbolModels

    own = SymbolModels.groups
    monkeypatch.setattr(
        SymbolModels, "groups", lambda self, some: [[one] for one in own(self, some)[0]]
    )
    measured = SymbolModels.losses

    def interrupted(self, fold, lookbacks):
        if lookbacks == [2]:
            signal.raise_signal(signal.SIGINT)
        return measured(self, fold, lookbacks)

    monkeypatch.setattr(SymbolModels, "losses", interrupted)
    (tmp_path / "a.txt").write_text("abc" * 200, "utf-8")
    said = shell("needs", "a.txt", "--json")
    assert said.code == 130
    told = json.loads(said.out)
    assert told["stopped"] is True
    assert [point["lookback"] for point in told["curve"]] == [0, 1, 2]
