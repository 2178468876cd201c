"""A user's own series, from the file to the answers."""

from __future__ import annotations

import numpy as np
import pytest

NAMES = ["001", "north", "ü-line", "7"]


@pytest.fixture
def rides(tmp_path):
    """400 rows of four categories, every 40th blank."""
    picks = np.random.default_rng(5).integers(0, 4, 400)
    cells = ["" if i % 40 == 7 else NAMES[pick] for i, pick in enumerate(picks)]
    lines = ["day,stop", *(f"{i},{cell}" for i, cell in enumerate(cells))]
    path = tmp_path / "rides.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_data_describes_the_column(shell, rides):
    found = shell(
        "data", rides, "--column", "stop", "--kind", "categories", "--top", "2", "--json"
    ).json
    assert found["rows"] == 400
    assert found["symbols"] == 4
    assert found["missing"]["count"] == 10
    assert len(found["most_common"]) == 2
    text = shell("data", rides, "--column", "#2", "--kind", "categories").out
    assert "400 rows" in text
    assert "001" in text
    assert "--kind" in shell.refused("data", rides, "--column", "stop", "--kind", "words")


@pytest.mark.slow
def test_from_the_file_to_the_answers(shell, rides, monkeypatch):
    result = shell(
        *("run", "csv", "--data", rides, "--column", "stop", "--kind", "categories"),
        *("--length", "10", "--units", "24", "--epochs", "250", "--json"),
    ).json
    assert result["accuracy"] >= 0.95
    said = shell("predict", "latest:csv", "001", "north", "ü-line", "001", "--json").json
    assert said["inputs"] == ["001", "north", "ü-line", "001"]
    assert said["predicted"] == [None, "001", "north", "ü-line"]
    line = shell.refused("predict", "latest:csv", "001", "south")
    assert "'south'" in line or '"south"' in line
    assert "1" in shell.refused("predict", "latest:csv", "1")
    ahead = shell("forecast", "latest:csv", "--steps", "3", "--json").json
    cells = [line.partition(",")[2] or "-" for line in rides.read_text("utf-8").splitlines()]
    assert ahead["context"] == cells[-10:]
    assert ahead["note"] == f"It starts from the last 10 values of {rides}."
    assert len(ahead["forecast"]) == 3
    with rides.open("a", encoding="utf-8") as file:
        file.write("400,north\n401,7\n")
    grown = shell("forecast", "latest:csv", "--steps", "3", "--json").json
    assert grown["context"] == [*cells[-8:], "north", "7"]
    assert "has changed" in grown["note"]
    with rides.open("a", encoding="utf-8") as file:
        file.write("402,south\n")
    assert "'south'" in shell.refused("forecast", "latest:csv")
    made = shell("forecast", "latest:csv", "001", "north", "--steps", "4", "--json").json
    assert len(made["forecast"]) == 4
    assert set(made["forecast"]) <= set(NAMES)
    assert made["accuracy"] is None
    # The trained run keeps its vocabulary: the file may go.
    rides.unlink()
    assert shell("predict", "latest:csv", "7", "001", "--json").json["predicted"] == [None, "7"]
    line = shell.refused("forecast", "latest:csv")
    assert "does not exist" in line
    assert "give the numbers to start from" in line


def test_each_held_out_step_counts_once(shell, rides):
    result = shell(
        *("run", "csv", "--data", rides, "--column", "stop", "--kind", "categories"),
        *("--length", "10", "--units", "4", "--epochs", "1", "--json"),
    ).json
    # 80 values are held out, two of them blank; the first has none before it.
    assert result["scored"] == 77
    assert result["interval_unit"] == "held-out step"
    assert 20 <= result["independent_values"] <= 77
    low, high = result["accuracy_interval"]
    assert high - low > 0.15


def test_few_independent_values_have_no_interval(shell, tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("v\n" + "\n".join(str(i % 3) for i in range(75)) + "\n")
    asked = ("run", "csv", "--data", path, "--column", "v", "--length", "5", "--units", "4")
    result = shell(*asked, "--epochs", "1", "--json").json
    assert result["scored"] == 14
    assert result["accuracy_interval"] is None
    assert result["independent_values"] <= 14
    (note,) = result["notes"]
    assert note.startswith("No interval is given: the 14 held-out steps are worth")
    line = shell.refused(*asked, "--epochs", "1", "--set", "evaluation.confidence=0.9")
    assert "evaluation.confidence asks for an interval. No interval is given" in line
    # The run is stored all the same, with what it found.
    stored = line.split()[-1]
    assert line.strip().endswith(f"The run is stored: echospan report {stored}")
    assert shell("runs", "show", stored, "--json").json["accuracy"] == result["accuracy"]


@pytest.fixture
def sales(tmp_path):
    """500 amounts of money that go round in a week, and a date."""
    rows = [f"{day},{day % 5 * 10 + day % 3 * 0.25:.2f}" for day in range(500)]
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(["day,amount", *rows]) + "\n", "utf-8")
    return path


def test_data_lists_the_columns_and_the_next_line_to_type(shell, sales):
    said = shell("data", "sales.csv")
    assert said.code == 0, said.err
    assert "real numbers" in said.out
    assert said.out.splitlines()[-1] == "Describe one with: echospan data sales.csv --column amount"
    listed = shell("data", "sales.csv", "--json").json
    assert [column["name"] for column in listed["columns"]] == ["day", "amount"]
    binned = shell("data", "sales.csv", "--column", "amount", "--bins", "4", "--json").json
    assert (binned["kind"], binned["symbols"]) == ("bins", 4)
    for bad in ("1", "100000"):
        assert "--bins" in shell.refused("data", "sales.csv", "--column", "amount", "--bins", bad)


@pytest.mark.slow
def test_real_numbers_are_taken_as_ranges_from_the_run_to_the_forecast(shell, sales):
    result = shell(
        *("run", "csv", "--data", "sales.csv", "--column", "amount", "--bins", "5"),
        *("--length", "8", "--units", "16", "--epochs", "120", "--json"),
    ).json
    assert result["accuracy"] >= 0.95
    said = shell("predict", "latest:csv", "0.1", "10.3", "20.4", "--json").json
    assert said["predicted"] == said["expected"]
    assert said["expected"][1].startswith("<")
    made = shell("forecast", "latest:csv", "--steps", "3", "--json").json
    ranges = set(result["inputs"])
    assert set(made["forecast"]) <= ranges
    assert made["context"][-1] in ranges
    column = ("--data", "sales.csv", "--column", "amount")
    assert len(shell("predict", "latest:csv", *column, "--json").json["inputs"]) == 500
    assert "no number" in shell.refused("predict", "latest:csv", "warm")
