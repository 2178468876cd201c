from __future__ import annotations

import pytest

from cli.helpers import Shell
from echospan.measure import Interval
from studies import Measured, Row, run
from studies.tolerance import Within
from studies.verify import app


@pytest.fixture
def shell(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return Shell(capsys, app)


def test_one_json_object(shell):
    found = shell("--only", "popgym-hard", "--json").json
    assert found["pass"] == 1
    row = found["rows"][0]
    assert (row["name"], row["reference"], row["ours"], row["status"]) == (
        "popgym-hard",
        63,
        63,
        "pass",
    )
    assert row["source"].startswith("proroklab/popgym")


def test_the_table_and_the_page(shell, tmp_path):
    said = shell("--only", "popgym-r", "--write", str(tmp_path / "page.md"))
    assert said.code == 0
    assert "1 pass" in said.out
    page = (tmp_path / "page.md").read_text("utf-8")
    assert "| POPGym RepeatPrevious: return of guessing | -0.5 | -0.4977 |" in page
    assert "`python -m studies.verify --only popgym-r`" in page


def test_a_number_that_is_off_for_no_known_reason_ends_with_1(shell, monkeypatch):
    off = Row("echo-bits", "", Within(0.1), lambda work: Measured(1.0, Interval(0.9, 1.1)))
    monkeypatch.setattr(run, "ROWS", (off,))
    assert shell().code == 1


def test_a_resumed_table(shell, tmp_path, monkeypatch):
    monkeypatch.setenv("ECHOSPAN_CACHE", str(tmp_path))
    for kept in (False, False, True):
        found = shell("--only", "popgym-hard", "--json", *(["--resume"] * kept)).json
        assert found["rows"][0]["kept"] is kept
    monkeypatch.setenv("ECHOSPAN_CACHE", "")
    assert "--resume must be left out" in shell("--resume").err


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("--only", "nothing"), "--only must be the name of a row"),
        (("--only", "popgym", "--write", "no/such/page.md"), "--write must be a file in a folder"),
        (("--quick", "--only", "adding-lstm"), "--only must be the name of a row"),
    ],
)
def test_bad_input(shell, arguments, match):
    said = shell(*arguments)
    assert said.code == 2
    assert match in said.err
    assert said.err.count("\n") == 1
