"""`span` and `compare` from the command line, and their files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from echospan.cli.main import run as echospan

pytestmark = pytest.mark.usefixtures("folder")

SMALL = ["--symbols", "4", "--lags", "0,1", "--seeds", "1"]


def test_json_is_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert echospan(["span", "last-value", *SMALL, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["span"] == 0
    assert found["verdict_code"] == "limited-by-receptive-field"
    assert found["checks"]["causal"]["passed"] is True
    assert isinstance(found["seconds"], float)
    assert found["references"]["delay-line"][1]["accuracy"] == 1.0


def test_the_sheet_in_words_and_as_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = [tmp_path / f"sheet{suffix}" for suffix in (".html", ".png", ".svg", ".json", ".tex")]
    outputs = [part for place in places for part in ("-o", str(place))]
    assert echospan(["span", "last-value", *SMALL, *outputs]) == 0
    shown = capsys.readouterr().out
    for words in ("last-value", "span", "chance 25 %", "causal", "limited-by-receptive-field"):
        assert words in shown
    page = places[0].read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "Results by lag" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert places[1].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in places[2].read_text()
    assert json.loads(places[3].read_text())["model"] == "last-value"
    assert r"\toprule" in places[4].read_text()


def test_another_task_in_words_and_as_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, sheet = tmp_path / "sheet.html", tmp_path / "sheet.json"
    copy = ["--task", "copy", "--symbols", "4", "--set", "task.items=2", "--lags", "1,2"]
    arguments = ["span", "last-value", *copy, "--seeds", "1", "-o", str(page), "-o", str(sheet)]
    assert echospan(arguments) == 0
    shown = capsys.readouterr().out
    for words in ("task copy", "blank", "chance 25 %", "the first blank that failed is 1"):
        assert words in shown
    assert "Results by blank" in page.read_text()
    found = json.loads(sheet.read_text())
    assert (found["task"], found["symbols"], found["span"]) == ("copy", 4, 0)
    assert [row["lag"] for row in found["per_lag"]] == [1, 2]


@pytest.mark.parametrize("command", ["span", "compare"])
def test_help_lists_the_tasks(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert echospan([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "--task" in shown
    assert "adding" in shown


def test_a_place_that_cannot_be_written_shows_before_the_measurement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.html").mkdir()
    for place in (tmp_path / "file" / "sheet.html", tmp_path / "folder.html"):
        # A model that does not exist would be told of first, were the place looked at later.
        assert echospan(["span", "lstn", "-o", str(place)]) == 2
        assert "--output must be a file in a folder" in capsys.readouterr().err


@pytest.mark.slow
def test_compare_in_words_and_as_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "compare.html"
    assert echospan(["compare", "last-value", "chance", *SMALL, "-o", str(page)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "last-value (span 0) solves lag 0; chance does not." in shown
    assert "At lag 0, last-value (by " in shown
    assert "is more accurate than chance, beyond the confidence intervals." in shown
    assert "beyond the confidence intervals" in page.read_text()
    assert echospan(["compare", "last-value", "chance", *SMALL, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["sheets"]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["span", "lstn"], "Did you mean 'lstm'"),
        (["span", "lstm", "--task", "cpy"], "--task must be one of echo, cued-echo, copy"),
        (["compare", "lstm", "gru", "--task", "cpy"], "Did you mean 'copy'"),
        (["span", "gru", "--task", "copy", "--set", "task.itemz=2"], "task.itemz"),
        (["span", "lstm", "--lags", "1;2"], "--lags must be whole numbers"),
        (["span", "lstm", "--params", "many"], "--params must be a number"),
        (["span", "lstm", "--params", "0"], "--params must be"),
        (["span", "lstm", "--budget", "soon"], "--budget must be seconds"),
        (["span", "lstm", "-o", "sheet.doc"], "--output must be a file name ending"),
        (["span", "nowhere.py:model"], "file that exists"),
        (["span", "nowhere.keras"], "file that exists"),
        (["compare", "lstm"], "two or more different models"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert echospan(arguments) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert len(said.splitlines()) == 1
