"""Reports of needs, uses, diagnose, conform and check in the store, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import echospan
from cli.helpers import Shell
from report.conforms import found as faulty
from report.conforms import sound
from report.diagnoses import bare as diagnosed
from report.needed import needed, no_past
from report.usages import found as used

SLOW, FAST = {"seconds": 12.5}, {"seconds": 9.5}

MADE = {
    "needs": (needed, "needs 4"),
    "uses": (used, "uses 1"),
    "diagnose": (diagnosed, "undecided"),
    "conform": (sound, "conforms"),
}


@pytest.fixture
def returned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What each verb returns in place of measuring anything."""
    reports: dict[str, Any] = {}

    def verb(name: str) -> Any:
        return lambda *_, observer, stop, **__: reports[name]

    for name in MADE:
        monkeypatch.setitem(vars(echospan), name, verb(name))
    (tmp_path / "f.py").write_text("def g():\n    return {'model': 1, 'x': 2, 'y': 3}\n")
    return reports


SUBJECT = {"needs": "a.csv", "uses": "f.py:g", "diagnose": "f.py:g", "conform": "f.py:g"}


@pytest.mark.parametrize("name", MADE)
def test_what_took_long_is_kept_listed_shown_and_removed(
    name: str, shell: Shell, returned: dict[str, Any], tmp_path: Path
) -> None:
    make, outcome = MADE[name]
    report = returned[name] = make(**SLOW)
    said = shell(name, SUBJECT[name])
    assert said.code == 0, said.err
    run_id = said.out.split()[-1]
    assert f"kept as {run_id}" in said.out
    (listed,) = shell("runs", "list", "--kind", name, "--json").json["runs"]
    assert (listed["run_id"], listed["kind"], listed["outcome"]) == (run_id, name, outcome)
    assert listed["state"] == "finished"
    assert listed["seconds"] == pytest.approx(12.5, abs=2)
    assert outcome in shell("runs", "list").out
    shown = shell("runs", "show", f"latest:{name}", "--json").json
    assert type(report).from_dict(shown["result"]) == report
    assert shown["config"]["name"] == SUBJECT[name]
    # As it was printed, below a line about the run.
    printed = "\n".join(said.out.splitlines()[:-1])
    assert printed in shell("runs", "show", run_id).out
    page, numbers = tmp_path / "page.html", tmp_path / "report.json"
    assert shell("report", run_id, "-o", page).code == 0
    assert "<html" in page.read_text("utf-8")
    assert shell("runs", "export", run_id, numbers).code == 0
    assert json.loads(numbers.read_text("utf-8")) == shown["result"]
    assert shell("runs", "export", run_id, tmp_path / "report.zip").code == 0
    assert f"is a report of {name}, not a run" in shell.refused("predict", run_id, "1")
    assert shell("runs", "remove", run_id, "--json").json["removed"] == [run_id]


@pytest.mark.parametrize("name", MADE)
def test_what_was_fast_is_kept_where_a_store_is_named(
    name: str, shell: Shell, returned: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    returned[name] = MADE[name][0](**FAST)
    assert "kept as" not in shell(name, SUBJECT[name]).out
    assert not folder.exists()
    assert "kept as" in shell(name, SUBJECT[name], "--store", tmp_path / "other").out
    told = shell("runs", "list", "--store", tmp_path / "other", "--json").json["runs"]
    assert [run["kind"] for run in told] == [name]
    # JSON alone on standard output.
    assert shell(name, SUBJECT[name], "--store", tmp_path / "other", "--json").json


@pytest.mark.parametrize("name", MADE)
def test_what_was_found_before_an_interrupt_is_kept(
    name: str, shell: Shell, returned: dict[str, Any]
) -> None:
    returned[name] = MADE[name][0](**SLOW, stopped=True)
    said = shell(name, SUBJECT[name])
    assert (said.code, said.err) == (130, "Stopped.\n")
    (listed,) = shell("runs", "list", "--json").json["runs"]
    assert listed["state"] == "interrupted"
    assert shell("runs", "show", "latest", "--json").json["result"]["stopped"] is True


@pytest.mark.parametrize("name", MADE)
def test_a_store_that_cannot_be_written_is_a_warning(
    name: str, shell: Shell, returned: dict[str, Any], folder: Path
) -> None:
    folder.write_text("a file in its place")
    returned[name] = MADE[name][0](**SLOW)
    # The command line prints a warning as one line on standard error.
    with pytest.warns(UserWarning, match="^The report is not kept: ") as told:
        said = shell(name, SUBJECT[name], "--json")
    assert said.json == json.loads(json.dumps(returned[name].to_dict()))
    assert (len(told), said.err) == (1, "")
    # One that was named is refused before anything is measured.
    del returned[name]
    line = shell.refused(name, SUBJECT[name], "--store", folder)
    assert line.startswith("error: --store must be a folder that can be written to")


def test_a_fault_is_kept_before_the_command_ends_with_1(
    shell: Shell, returned: dict[str, Any]
) -> None:
    returned["conform"] = faulty(**SLOW)
    assert shell("conform", "f.py:g").code == 1
    (listed,) = shell("runs", "list", "--json").json["runs"]
    assert listed["outcome"] == "fault: chunks"
    returned["needs"] = no_past(**SLOW)
    shell("needs", "a.csv")
    both = shell("runs", "list", "--json").json["runs"]
    assert both[0]["outcome"] == "no past helps"
    # Several of them are one page.
    assert shell("report", *(run["run_id"] for run in both), "-o", "both.html").code == 0


def test_a_damaged_report_is_one_line(shell: Shell, returned: dict[str, Any], folder: Path) -> None:
    returned["needs"] = needed(**SLOW)
    shell("needs", "a.csv")
    (result,) = folder.glob("runs/*/result.json")
    result.write_text('{"needs": "many"}')
    assert "is damaged: NeedsReport.from_dict" in shell.refused("runs", "show", "latest")
    assert "is damaged" in shell.refused("report", "latest", "-o", "x.html")


def test_a_check_is_kept_where_a_store_is_named(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import numpy as np\n"
        "def arguments():\n"
        "    init = lambda key: np.ones(1)\n"
        "    apply = lambda w, x: x[:, -1] * w\n"
        "    x = np.random.default_rng(0).normal(size=(64, 4, 1))\n"
        "    return {'model': (init, apply), 'x': x, 'y': x[:, -1]}\n"
    )
    said = shell("check", "train.py:arguments", "--store", "kept")
    assert said.code == 0, said.err
    assert "kept as check-train-py-arguments-" in said.out
    shown = shell("runs", "show", "latest:check", "--store", "kept", "--json").json
    assert shown["result"]["ok"] is True
