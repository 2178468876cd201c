from __future__ import annotations

import pytest

from echospan.measure import Interval
from echospan.verify import Measured, Row, run
from echospan.verify.tolerance import Within


def test_one_json_object(shell):
    found = shell("verify", "--only", "popgym-hard", "--json").json
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
    said = shell("verify", "--only", "popgym-r", "--write", str(tmp_path / "page.md"))
    assert said.code == 0
    assert "1 pass" in said.out
    page = (tmp_path / "page.md").read_text("utf-8")
    assert "| POPGym RepeatPrevious: return of guessing | -0.5 | -0.4977 |" in page
    assert "`echospan verify --only popgym-r`" in page


def test_a_number_that_is_off_for_no_known_reason_ends_with_1(shell, monkeypatch):
    off = Row("echo-bits", "", Within(0.1), lambda work: Measured(1.0, Interval(0.9, 1.1)))
    monkeypatch.setattr(run, "ROWS", (off,))
    assert shell("verify").code == 1


def test_a_resumed_table(shell, tmp_path, monkeypatch):
    monkeypatch.setenv("ECHOSPAN_CACHE", str(tmp_path))
    for kept in (False, False, True):
        found = shell("verify", "--only", "popgym-hard", "--json", *(["--resume"] * kept)).json
        assert found["rows"][0]["kept"] is kept
    monkeypatch.setenv("ECHOSPAN_CACHE", "")
    assert "--resume must be left out" in shell("verify", "--resume").err


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("--only", "nothing"), "--only must be the name of a row"),
        (("--only", "popgym", "--write", "no/such/page.md"), "--write must be a file in a folder"),
        (("--quick", "--only", "adding-lstm"), "--only must be the name of a row"),
    ],
)
def test_bad_input(shell, arguments, match):
    said = shell("verify", *arguments)
    assert said.code == 2
    assert match in said.err
    assert said.err.count("\n") == 1
