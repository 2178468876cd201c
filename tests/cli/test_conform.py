"""`echospan conform`: what it hands on, prints and ends with. The checks have their own tests."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

import echospan
from echospan.errors import ConfigError
from echospan.report.objects import ConformReport
from report.conforms import CHECKS, SCRIPT, found, sound


@pytest.fixture
def given(monkeypatch):
    """What `echospan.conform` was called with; it returns `given["report"]`."""
    called: dict[str, Any] = {"report": found()}

    def conform(model, *, observer, stop, **settings):
        called.update(model=model, settings=settings, observer=observer, stop=stop)
        report = called["report"]
        if isinstance(report, Exception):
            raise report
        return report

    # Not by setattr, which would import the checks first.
    monkeypatch.setitem(vars(echospan), "conform", conform)
    return called


def test_a_fault_ends_with_1_and_no_fault_with_0(shell, given):
    said = shell("conform", "cell.py:Cell")
    assert said.code == 1
    assert "Fault: chunks" in said.out
    assert given["model"] == "cell.py:Cell"
    given["report"] = sound()
    said = shell("conform", "cell.py:Cell")
    assert said.code == 0
    assert "No fault found" in said.out
    assert said.err == ""


def test_what_cannot_be_told_ends_with_2_where_it_is_strict(shell, given):
    unsure = tuple(one for one in CHECKS if one.verdict != "fault")
    given["report"] = found(checks=unsure)
    assert shell("conform", "cell.py:Cell").code == 0
    given["report"] = found(checks=unsure, strict=True)
    said = shell("conform", "cell.py:Cell", "--strict")
    assert said.code == 2
    assert "Cannot tell: gradient" in said.out


def test_options_are_handed_on(shell, given):
    shell(
        *("conform", "hf:Mamba2ForCausalLM", "--features", "4", "--symbols", "9"),
        *("--checks", "chunks,reset", "--checks", "rows", "--allow", "crop", "--allow", "save"),
        *("--strict", "--weights", "own", "--trust"),
    )
    assert given["settings"] == {
        "features": 4, "symbols": 9, "checks": ("chunks", "reset", "rows"),
        "allow": ("crop", "save"), "strict": True, "weights": "own", "trust": True,
    }  # fmt: skip
    shell("conform", "lstm")
    assert given["settings"] == {
        "features": None, "symbols": None, "checks": None, "allow": (),
        "strict": False, "weights": "enlarged", "trust": False,
    }  # fmt: skip


def test_json_is_one_object_with_the_names_of_the_issue(shell, given):
    said = shell("conform", "cell.py:Cell", "--json")
    assert said.code == 1
    assert said.out.count("\n") == 1
    told = json.loads(said.out)
    assert {"verdict", "checks", "versions", "seconds"} <= set(told)
    assert told["verdict"] == "fault"
    assert {"name", "verdict", "difference", "tolerance", "power", "smallest_case", "cause"} <= set(
        told["checks"][0]
    )
    assert ConformReport.from_dict(told) == found()


def test_a_script_alone_is_printed_to_be_run(shell, given):
    said = shell("conform", "cell.py:Cell", "--script")
    assert (said.code, said.out, said.err) == (1, SCRIPT, "")


def test_without_a_fault_there_is_no_script_and_one_line_says_so(shell, given):
    given["report"] = sound()
    said = shell("conform", "cell.py:Cell", "--script")
    assert (said.code, said.out) == (0, "")
    assert said.err == "No fault found, so there is no script.\n"
    given["report"] = found(checks=(replace(CHECKS[3], script=""),))
    said = shell("conform", "cell.py:Cell", "--script")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Fault: chunks. No script can be written that runs MyCell")


def test_files_are_written_too(shell, given, tmp_path):
    said = shell("conform", "cell.py:Cell", "-o", "found.json", "-o", "found.md")
    assert said.code == 1
    assert said.out.endswith("found.json\nfound.md\n")
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["verdict"] == "fault"
    assert "| chunks | fault |" in (tmp_path / "found.md").read_text("utf-8")
    refused = shell.refused("conform", "cell.py:Cell", "-o", "found.doc")
    assert "--output must be a file name ending in .html" in refused


def test_what_was_found_before_an_interrupt_is_shown(shell, given):
    given["report"] = found(stopped=True)
    said = shell("conform", "cell.py:Cell")
    assert said.code == 130
    assert "Interrupted: the checks that are not listed were not made." in " ".join(
        said.out.split()
    )
    assert said.err == "Stopped.\n"


@pytest.mark.parametrize("field", ["allow", "checks"])
def test_an_error_names_the_option(shell, given, field):
    given["report"] = ConfigError(field, "one of chunks, reset", "chunk", "Did you mean 'chunks'?")
    told = shell.refused("conform", "cell.py:Cell", f"--{field}", "chunk")
    assert told.startswith(f"error: --{field} must be one of chunks, reset; got 'chunk'. Did you")


def test_bad_use_is_one_line(shell, given):
    assert "MODEL must be given, or else --list." in shell.refused("conform")
    told = shell.refused("conform", "cell.py:Cell", "--script", "--json")
    assert "--script must be left out with --json" in told
    assert shell("conform", "cell.py:Cell", "--weights", "mine").code == 2
    assert shell("conform", "cell.py:Cell", "--features", "0").code == 2
    assert "model" not in given


def test_help_imports_no_framework():
    code = (
        "import sys\n"
        "from echospan.cli.main import run\n"
        "assert run(['conform', '--help']) == 0\n"
        "heavy = {'jax', 'keras', 'torch', 'transformers', 'numpy', 'matplotlib'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Example: echospan conform" in done.stdout


OWN = """
import os
import signal

import numpy as np


class Sound:
    def inputs(self, batch, time, seed):
        return np.random.default_rng(seed).normal(size=(batch, time, 2))

    def whole(self, x):
        return self.run(x, None)[0]

    def run(self, x, state):
        y, last = [], np.zeros((len(x), 2)) if state is None else state
        for step in range(x.shape[1]):
            last = 0.9 * last + x[:, step]
            y.append(last)
        return np.stack(y, 1), last


class Lost(Sound):
    def run(self, x, state):
        return super().run(x, state if x.shape[1] == 1 else None)


class Interrupted(Sound):
    def run(self, x, state):
        # The first chunk that goes on from a state: three checks are made by then.
        if state is not None:
            os.kill(os.getpid(), signal.SIGINT)
        return super().run(x, state)


class NoNumbers(Sound):
    def whole(self, x):
        return super().whole(x) * np.nan


class Silent(Sound):
    def run(self, x, state):
        return np.zeros_like(x), state


def broken():
    raise RuntimeError("no such thing")


number, made = 3, Lost()
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own.py").write_text(OWN, "utf-8")


def test_a_sound_model_of_your_own_and_one_with_a_fault(shell, own):
    said = shell("conform", "own.py:Sound", "--json")
    assert said.json["verdict"] == "conforms"
    said = shell("conform", "own.py:Lost", "--json", "--checks", "steps,chunks")
    assert said.code == 1
    told = {check["name"]: check for check in json.loads(said.out)["checks"]}
    assert told["steps"]["verdict"] == "pass"
    assert told["chunks"]["smallest_case"] == {"batch": 1, "cuts": [1, 2]}
    assert "state is lost at step 1" in told["chunks"]["cause"]
    said = shell("conform", "own.py:Lost", "--json", "--allow", "chunks")
    assert said.code == 0
    rows = {check["name"]: check for check in json.loads(said.out)["checks"]}
    assert rows["chunks"]["verdict"] == "not_promised"
    assert rows["chunks"]["difference"] > 0.01


def test_a_name_may_stand_for_a_model_that_is_made_already(shell, own):
    said = shell("conform", "own.py:made", "--checks", "chunks")
    assert said.code == 1
    assert "own.py:made: Fault in 1 of 1 check: chunks." in " ".join(said.out.split())


def test_an_interrupt_keeps_the_checks_that_were_made(shell, own):
    said = shell("conform", "own.py:Interrupted", "--json", "--checks", "repeat,prefix,steps,rows")
    assert said.code == 130
    told = json.loads(said.out)
    assert told["stopped"] is True
    assert [check["name"] for check in told["checks"]][:2] == ["repeat", "prefix"]
    assert "rows" not in [check["name"] for check in told["checks"]]
    assert said.err == "Stopped.\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("own.py:Nothing",), "MODEL must be a model or function that own.py defines"),
        (("own.py:number",), "MODEL must be a torch module, a Keras model"),
        (("nowhere.py:Cell",), "with a file that exists; got 'nowhere.py'"),
        (("no_such_package.cells:Cell",), "importing 'no_such_package.cells' raised"),
        (("own.py:broken",), "Calling it raised RuntimeError: no such thing"),
        (("own.py:NoNumbers",), "Its outputs hold NaN or infinity"),
        (("own.py:Silent",), "All its outputs are the same number"),
        (("own.py:Sound", "--features", "3"), "--features must be left out"),
        (("own.py:Sound", "--checks", "chunk"), "Did you mean 'chunks'?"),
        (("own.py:Sound", "--allow", "chunk"), "--allow must be one of repeat, "),
        (("own.py:Sound", "--allow", "crop", "--strict"), "--allow must be left out if"),
    ],
)
def test_what_cannot_be_checked_is_one_line(shell, own, words, says):
    assert says in shell.refused("conform", *words)


def test_the_checks_are_listed_with_a_sentence_each(shell):
    lines = shell("conform", "--list").out.splitlines()
    told = shell("conform", "--list", "--json").json["checks"]
    assert [line.split()[0] for line in lines] == [row["name"] for row in told]
    assert {"repeat", "chunks", "reorder", "packed", "gradient"} <= {row["name"] for row in told}
    assert all(line.endswith(".") for line in lines)
