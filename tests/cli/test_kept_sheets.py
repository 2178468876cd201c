"""Sheets from the command line: kept, resumed, named, compared; Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.helpers import Shell

SMALL = ["--symbols", "4", "--lags", "0,1", "--seeds", "1"]


def test_a_sheet_is_kept_listed_shown_and_removed(shell: Shell, tmp_path: Path) -> None:
    said = shell("span", "last-value", *SMALL)
    assert said.code == 0, said.err
    run_id = said.out.split()[-1]
    assert run_id.startswith("span-last-value-")
    assert "kept as" in said.out
    (listed,) = shell("runs", "list", "--json").json["runs"]
    assert (listed["run_id"], listed["kind"], listed["outcome"]) == (run_id, "span", "span 0")
    assert "span 0" in shell("runs", "list").out
    shown = shell("runs", "show", run_id, "--json").json
    assert shown["result"]["span"] == 0
    # A finished one is printed as it is.
    assert shell("span", "--resume", "latest", "--json").json == shown["result"]
    page, numbers = tmp_path / "sheet.html", tmp_path / "sheet.json"
    assert shell("report", "latest:span", "-o", page).code == 0
    assert "last-value" in page.read_text()
    assert shell("runs", "export", run_id, numbers).code == 0
    assert json.loads(numbers.read_text()) == shown["result"]
    assert "is a sheet, not a run" in shell.refused("runs", "export", run_id, "x.keras")
    assert "is a sheet, not a run" in shell.refused("predict", run_id, "1")
    # Beside another one, by its file and its id, under names.
    given = ("compare", numbers, "chance", *SMALL, "--name", "old=" + str(numbers), "--json")
    assert shell(*given).json["models"] == ["old", "chance"]
    # Two finished ones: nothing is left to measure.
    second = tmp_path / "chance.json"
    assert shell("span", "chance", *SMALL, "-o", second).code == 0
    assert shell("compare", numbers, second, "--json").json["models"] == ["last-value", "chance"]
    assert "settings" not in shell.refused("compare", numbers, second, "--seeds", "2")
    kinds = [run["kind"] for run in shell("runs", "list", "--json").json["runs"]]
    assert kinds == ["span", "compare", "span"]
    assert len(shell("runs", "remove", run_id, "--json").json["removed"]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("span",), "MODEL must be given, or else --resume ID"),
        (("span", "lstm", "--resume", "latest"), "--resume must be without a model"),
        (("span", "--resume", "latest", "--lags", "1"), "got '--lags'"),
        (("span", "lstm", "--force"), "--force must be left out without --resume"),
        (("span", "--resume", "span-x", "--store", "."), "No run has the id 'span-x'"),
        (("span", "lstm", "--name", "a", "--name", "b"), "--name must be at most one"),
        (("compare", "lstm", "gru", "--name", "a", "--name", "a"), "--name must be different"),
        (("compare", "none.json", "gru"), "none.json"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], words: str, shell: Shell) -> None:
    assert words in shell.refused(*arguments)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_prints_the_sheet_and_how_to_go_on(number: int, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "echospan", "span", "gru", "--symbols", "4", "--units", "8",
         "--protocol", "quick-1", "--json"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "ECHOSPAN_STORE": str(tmp_path / "runs")},
    )  # fmt: skip
    end = time.monotonic() + 120
    while not list(tmp_path.glob("runs/runs/*/parts/lag-1-*")) and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert json.loads(out)["interrupted"] is True
    (folder,) = (tmp_path / "runs" / "runs").iterdir()
    assert err.strip().splitlines()[-1] == (
        f"Stopped. Go on with: echospan span --resume {folder.name}"
    )


@pytest.mark.slow
def test_a_comparison_is_stopped_and_resumed(shell: Shell, tmp_path: Path) -> None:
    import echospan

    settings = {"symbols": 4, "lags": [0, 1], "seeds": 1}
    wanted = echospan.compare("last-value", "chance", **settings).to_dict()
    asked = [0]

    def stop() -> bool:
        asked[0] += 1
        return asked[0] > 3

    store = tmp_path / "kept"
    echospan.compare("last-value", "chance", **settings, store=store, stop=stop)
    found = echospan.compare(resume="latest", store=store).to_dict()
    for content in (wanted, found):
        content.pop("seconds")
        for sheet in content["sheets"]:
            sheet.pop("seconds")
    assert found == wanted
    # What is finished is compared without being measured, if the rules are the same.
    one, other = echospan.compare("last-value", "chance", **settings).sheets
    assert echospan.compare(one, other).models == ("last-value", "chance")
    third = echospan.span("chance", symbols=5, lags=[0, 1], seeds=1)
    with pytest.raises(echospan.ConfigError, match="symbols 4 for last-value and 5 for chance"):
        echospan.compare(one, third)
