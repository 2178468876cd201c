"""One line in a test suite: what it lets pass, what it says where it does not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

import echospan
from echospan.pytest_plugin import assert_conforms, failure, unsure
from report.conforms import CHECKS, found, sound

ROOT = Path(__file__).resolve().parent.parent
NO_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="no torch")
UNSURE = tuple(one for one in CHECKS if one.verdict != "fault")


@pytest.fixture
def report(monkeypatch):
    """Lets `echospan.conform` return a report that a test chooses."""

    def returns(chosen):
        # Not by setattr, which would import the checks first.
        monkeypatch.setitem(vars(echospan), "conform", lambda model, **settings: chosen)

    return returns


def test_a_failure_names_check_case_cause_and_script(report):
    report(found())
    with pytest.raises(AssertionError) as caught:
        assert_conforms("a model")
    told = str(caught.value)
    flat = " ".join(told.split())
    assert told.startswith("MyCell: Fault in 1 of 7 checks: chunks.")
    assert "chunks: fault. The outputs differ by up to 2.5" in flat
    assert "Smallest case: batch 1, chunks 1+2. The state is lost at the cut" in flat
    assert '    model = torch.nn.GRU(4, 8)\n    print("difference", 2.5)\n' in told
    assert told.endswith("allow=['chunks']")
    # Only faults: who reads a failing test need not look for them.
    assert "pad-right" not in told
    assert max(map(len, told.splitlines())) <= 100


def test_without_a_script_it_says_how_to_get_one(report):
    report(found(checks=(replace(CHECKS[3], script=""),)))
    with pytest.raises(AssertionError, match=r"By name, as in 'package.module:Class'"):
        assert_conforms("a model")


def test_what_cannot_be_told_fails_where_it_is_strict_or_nothing_passed(report):
    report(found(checks=UNSURE))
    assert assert_conforms("a model").verdict == "cannot_tell"
    report(found(checks=UNSURE, strict=True))
    with pytest.raises(AssertionError, match=r"(?s)correctly: gradient.*The power is small"):
        assert_conforms("a model", strict=True)
    report(found(checks=CHECKS[5:6]))
    with pytest.raises(AssertionError, match=r"(?s)because no check passed.*crop: not supported"):
        assert_conforms("a model")


def test_a_sound_model_passes_without_a_word(report):
    report(sound())
    assert assert_conforms("a model") == sound()
    assert failure(sound()) == unsure(sound()) == ""
    assert failure(found(checks=UNSURE[:4])) == ""


def test_arguments_are_handed_on(monkeypatch):
    given = {}
    monkeypatch.setitem(
        vars(echospan), "conform", lambda model, **settings: given.update(settings) or sound()
    )
    assert_conforms("a model", allow=["crop"], checks=["chunks", "crop"], features=3)
    assert given == {
        "allow": ["crop"],
        "checks": ["chunks", "crop"],
        "strict": False,
        "features": 3,
    }


def entry_point(folder: Path) -> None:
    """echospan's entry point for pytest, as pip leaves it; another version may be installed."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    info = folder / "echospan_for_pytest-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: echospan-for-pytest\nVersion: 1.0\n", "utf-8"
    )
    lines = [f"{name} = {value}" for name, value in groups["pytest11"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines]) + "\n", "utf-8")


@pytest.fixture
def run_pytest(tmp_path):
    """Runs pytest in a folder of its own, where it finds the plug-in by itself."""
    site = tmp_path / "site"
    site.mkdir()
    entry_point(site)
    project = tmp_path / "project"
    project.mkdir()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        paths = [str(site), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        environment.pop("KERAS_BACKEND", None)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, timeout=300
        )

    run.project = project
    return run


def test_pytest_finds_the_fixture_and_imports_nothing_of_echospan(run_pytest):
    (run_pytest.project / "test_own.py").write_text(
        "import os, sys\n\n\n"
        "def test_before():\n"
        "    heavy = {'echospan', 'numpy', 'keras', 'jax', 'torch'}\n"
        "    assert not heavy & set(sys.modules)\n"
        "    assert 'KERAS_BACKEND' not in os.environ\n\n\n"
        "def test_after(conforms):\n"
        "    assert not {'numpy', 'keras', 'jax', 'torch'} & set(sys.modules)\n",
        "utf-8",
    )
    # Other plug-ins of this environment may import NumPy.
    done = run_pytest("-q", "-p", "no:hypothesispytest")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


@NO_TORCH
@pytest.mark.slow
def test_the_example_project_fails_on_its_fault_with_a_message_to_read(run_pytest):
    for path in (ROOT / "examples" / "conform").glob("*.py"):
        shutil.copy(path, run_pytest.project)
    done = run_pytest("-q", "--color=no")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout
    flat = " ".join(done.stdout.replace("\nE ", "\n").split())
    assert "AssertionError: cell:Cell: Fault in " in flat
    assert "chunks: fault." in flat
    assert "Smallest case: batch 1, chunks 1+2." in flat
    assert "The state is lost at step 1" in flat
    assert "A script that shows the first fault without echospan: " in flat
    assert "from cell import Cell" in flat
    # The line of the test, and none of echospan's own.
    assert 'conforms("cell:Cell")' in done.stdout
    assert "pytest_plugin.py" not in done.stdout
