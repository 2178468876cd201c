from __future__ import annotations

import pytest

from echospan.errors import DataError
from echospan.report.terminal import comparison_table, grid_table, runs_table
from echospan.results.run import Variant
from echospan.store import RunSummary
from report.samples import HOSTILE, grid, variants

from .helpers import Screen

RUNS = [
    {
        "run_id": f"20261123-09{number}-window-7f3a",
        "recipe": "window",
        "state": state,
        "accuracy": accuracy,
        "seed": number,
        "created": "2026-11-23T09:42:11.123+00:00",
        "seconds": 3.2,
    }
    for number, state, accuracy in [
        (10, "finished", 0.998),
        (11, "failed", None),
        (12, "interrupted", None),
        (13, "running", None),
    ]
]


@pytest.mark.parametrize("width", [60, 120])
def test_comparison(width: int) -> None:
    screen = Screen(width)
    comparison_table(variants(), screen.console, chance=0.01)
    assert max(len(line) for line in screen.lines) <= width
    for value in ("99.7 %", "3.7 %", "3.3 to 4.1 %", "chance: 1 %"):
        assert value in screen.text
    assert ("35,300" in screen.text) == (width >= 80)
    assert "…" not in screen.text


@pytest.mark.parametrize("width", [60, 120])
def test_grid(width: int) -> None:
    screen = Screen(width)
    grid_table(grid(), variants()[:3], screen.console, chance=0.01)
    assert max(len(line) for line in screen.lines) <= width
    assert screen.text.index("1 %") < screen.text.index("3.7 %")
    assert "not run" in screen.text
    assert screen.text.count("3 seeds") == 3
    with pytest.raises(DataError, match="grid cells"):
        grid_table(grid(cells=[]), variants(), screen.console)


@pytest.mark.parametrize("width", [60, 120])
def test_runs(width: int) -> None:
    screen = Screen(width)
    runs_table(RUNS, screen.console)
    assert max(len(line) for line in screen.lines) <= width
    for run in RUNS:
        assert str(run["run_id"]) in screen.text
        assert str(run["state"]) in screen.text
    assert ("2026-11-23 09:42" in screen.text) == (width >= 80)
    places = [screen.text.index(str(run["run_id"])) for run in RUNS]
    assert places == sorted(places)


@pytest.mark.parametrize(("width", "size"), [(40, 25), (60, 61), (80, 96), (120, 96)])
def test_an_id_that_does_not_fit_is_folded_not_cut(width: int, size: int) -> None:
    name = ("0123456789" * 10)[:size]
    screen = Screen(width)
    runs_table([{**RUNS[0], "run_id": name}], screen.console)
    assert max(len(line) for line in screen.lines) <= width
    body = screen.lines[3:]
    assert (
        "".join(line.split()[0] for line in body if line.startswith(" ") and line.strip()) == name
    )


def test_the_stores_own_summaries() -> None:
    summary = RunSummary(
        run_id="run-9",
        recipe="echo",
        state="finished",
        seed=0,
        accuracy=1.0,
        created="2026-11-23T09:42:11+00:00",
        finished=None,
        seconds=None,
        fingerprint="f",
        label="[bold]mine",
        parent=None,
    )
    screen = Screen(120)
    runs_table([summary], screen.console)
    for value in ("run-9", "100 %", "[bold]mine"):
        assert value in screen.text


def test_no_runs_and_hostile_names() -> None:
    screen = Screen(60)
    runs_table([], screen.console)
    assert "There is no run in this store." in screen.text
    runs_table([{"run_id": "\x1b[2J\nx", "recipe": HOSTILE, "state": None}], screen.console)
    comparison_table([Variant(name="a\x1b]0;b\x07")], screen.console)
    assert "\x1b" not in screen.raw
    assert "\x07" not in screen.raw
