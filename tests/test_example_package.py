"""A package of its own: installed, used by name and by object, broken, and gone."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import echospan
from cli.helpers import Shell
from echospan.adapters.resolve import has_width
from echospan.doctor import catalogue as catalogue_of
from echospan.doctor.catalogue import _registered
from echospan.experiment import Experiment
from echospan.memory_tasks import memory_task_of
from echospan.testing import check_model, check_task

SOURCE = Path(__file__).parent / "example_package"
SMALL = ("--symbols", "3", "--length", "6", "--units", "4", "--epochs", "2")


def entry_points(folder: Path, name: str, **groups: dict[str, str]) -> None:
    """A distribution of nothing but entry points, as pip leaves it."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    lines = []
    for group, entries in groups.items():
        lines += [f"[echospan.{group}]", *(f"{key} = {value}" for key, value in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The example package, installed into a folder of its own without a network."""
    folder = tmp_path_factory.mktemp("site")
    source = shutil.copytree(SOURCE, tmp_path_factory.mktemp("source") / "package")
    options = "--quiet --no-deps --no-build-isolation --no-index --disable-pip-version-check"
    command = [sys.executable, "-m", "pip", "install", *options.split(), "--target", folder, source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def installed(built, monkeypatch):
    """As if it were installed beside echospan; afterwards, as if it had never been."""
    monkeypatch.syspath_prepend(str(built))
    importlib.invalidate_caches()
    yield built
    for name in [name for name in sys.modules if name.partition(".")[0] == "echospan_example"]:
        del sys.modules[name]
    _registered.pop("too-loud", None)


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ECHOSPAN_STORE", str(tmp_path / "runs"))
    return Shell(capsys)


def test_it_is_listed_after_the_built_in_ones(installed, shell):
    for kind, name in (("tasks", "difference"), ("models", "irnn"), ("findings", "too-loud")):
        found = shell("list", kind, "--json").json
        assert found["problems"] == []
        (row,) = [row for row in found[kind] if row["name"] == name]
        assert row["package"] == "echospan-example 0.1"
        assert f"({row['package']})" in " ".join(shell("list", kind).out.split())
    task = shell("list", "tasks").out
    assert "x[t]" in task


@pytest.mark.slow
def test_it_runs_by_name_and_is_stored_by_name(installed, shell):
    parts = ("--set", "task.kind=difference", "--set", "model.kind=irnn")
    result = shell("run", "stream", *parts, *SMALL, "--json").json
    assert result["settings"]["task"] == {
        "kind": "difference", "symbols": 3, "length": 6, "lag": 1,
    }  # fmt: skip
    assert result["settings"]["model"]["kind"] == "irnn"
    # Its names are registered: what is stored needs no trust.
    answers = shell("predict", "latest", "1", "2", "0", "--json").json
    assert len(answers["predicted"]) == 3
    assert shell("runs", "show", "latest", "--json").json["config"]["task"]["kind"] == "difference"


@pytest.mark.slow
def test_its_span_is_measured_by_name(installed, shell):
    options = ("--units", "4", "--lags", "1", "--seeds", "1", "--budget", "100 updates", "--json")
    sheet = shell("span", "irnn", "--task", "difference", "--symbols", "2", *options).json
    assert sheet["task"] == "difference"
    assert [row["lag"] for row in sheet["per_lag"]] == [1]


@pytest.mark.slow
def test_it_is_taken_as_objects_from_python(installed, tmp_path):
    from echospan_example.difference import Difference
    from echospan_example.irnn import IRNN

    task, model = Difference(symbols=3, length=6, lag=2), IRNN(units=4)
    check_task(task)
    frame = {"framing": echospan.framings.Stream(), "training": {"epochs": 2}}
    experiment = Experiment(task=task, model=model, **frame)
    names = {part: experiment.to_dict()[part]["kind"] for part in ("task", "model")}
    assert names == {"task": "difference", "model": "irnn"}
    by_name = {"task": {**task.to_dict(), "kind": "difference"}, "model": {"kind": "irnn"}}
    for kind in ("difference", "echospan_example.difference:Difference"):
        by_name["task"]["kind"] = kind
        again = Experiment.from_dict({**experiment.to_dict(), "task": by_name["task"]})
        assert again.fingerprint == experiment.fingerprint
    result = echospan.run(
        "stream", {"task": task, "model": model, "training.epochs": 1}, store=tmp_path / "runs"
    )
    assert result["settings"]["task"]["lag"] == 2
    assert type(memory_task_of(task).at(3)) is type(memory_task_of(Difference).at(3)) is Difference
    assert has_width(IRNN)


@pytest.mark.slow
def test_its_contract_and_its_span_from_python(installed):
    from echospan_example.difference import Difference
    from echospan_example.irnn import IRNN

    parts = {"task": Difference(symbols=3, length=6), "framing": echospan.framings.Stream()}
    model = IRNN(units=4)
    check_model(model, Experiment(model=model, **parts))
    sheet = echospan.span(model, task=Difference, lags=[1], seeds=1, budget="50 updates")
    assert sheet.task == "difference"


def test_its_finding_is_explained(installed, shell):
    assert "Inputs far larger than one" in shell("explain", "too-loud").out
    assert "too-loud" in catalogue_of()


def checked(scale: float) -> echospan.CheckReport:
    """A model that shall answer with the oldest value squared, on inputs of that scale."""
    import keras

    x = np.random.default_rng(0).normal(size=(32, 3, 1))
    model = keras.Sequential([keras.Input((3, 1)), keras.layers.LSTM(2), keras.layers.Dense(1)])
    model.compile(loss="mse")
    return echospan.check(model, scale * x, x[:, 0] ** 2)


@pytest.mark.slow
def test_its_finding_is_found_by_check(installed):
    report = checked(1000)
    assert "too-loud" in report.codes
    (finding,) = [found for found in report.findings if found.code == "too-loud"]
    assert finding.remedy.startswith("x = x / ")
    assert "too-loud" not in checked(1).codes


def test_a_finding_that_fails_is_said_and_ends_nothing(installed, tmp_path, monkeypatch):
    from echospan_example import too_loud

    def probe(examination):
        raise RuntimeError("no\nidea")

    site = tmp_path / "site"
    entry_points(site, "broken", findings={"lost": "no_such_package:FINDING"})
    monkeypatch.syspath_prepend(str(site))
    entry = too_loud.FINDING.entry("too-loud")
    monkeypatch.setitem(_registered, "too-loud", (entry, probe))
    skipped = checked(1).skipped
    assert any("lost of broken 1.0: importing it raised ModuleNotFound" in text for text in skipped)
    assert any("it raised RuntimeError: no idea" in text for text in skipped)


def test_nothing_of_it_is_imported_before_its_name_is_used(installed, shell):
    code = (
        "import sys\n"
        "from echospan.cli.main import run\n"
        "run(['show', 'stream', '--length', '6', '--json'])\n"
        "run(['explain', 'no-signal', '--json'])\n"
        "print([name for name in sys.modules if name.startswith('echospan_example')])"
    )
    path = os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_package_that_cannot_be_imported_is_one_line(tmp_path, monkeypatch, shell):
    site = tmp_path / "site"
    entry_points(
        site,
        "broken",
        tasks={"lost": "no_such_package.task:Lost", "module": "math:sqrt"},
        models={"bad": "broken_model:Bad"},
        findings={"odd": "math:sqrt"},
    )
    (site / "broken_model.py").write_text("raise RuntimeError('two\\nlines')\n", "utf-8")
    monkeypatch.syspath_prepend(str(site))
    found = shell("list", "tasks", "--json").json
    assert [row["name"] for row in found["tasks"]] == list(echospan.tasks.TASKS)
    assert len(found["problems"]) == 2
    line = "lost of broken 1.0 (no_such_package.task:Lost): importing it raised ModuleNotFoundError"
    assert found["problems"][0].startswith(line)
    assert "no subclass of echospan.tasks.Task" in found["problems"][1]
    assert line in shell("list", "tasks").out
    assert "RuntimeError: two lines" in shell("list", "models").out
    assert "no echospan.doctor.FindingPlugin" in shell("list", "findings").out
    # Other commands do not meet it, and who names it is told why.
    assert shell("show", "stream", "--length", "6").code == 0
    said = shell.refused("run", "echo", "--set", "model.kind=bad")
    assert "broken_model:Bad of broken 1.0" in said
    assert "RuntimeError: two lines" in said


def test_a_built_in_name_is_not_replaced(installed, tmp_path, monkeypatch, shell):
    site = tmp_path / "site"
    entry_points(
        site,
        "thief",
        tasks={"echo": "echospan_example.difference:Difference"},
        findings={"no-signal": "echospan_example.too_loud:FINDING"},
    )
    monkeypatch.syspath_prepend(str(site))
    assert type(Experiment.from_dict(plain("echo")).task) is echospan.tasks.Echo
    (problem,) = shell("list", "tasks", "--json").json["problems"]
    assert problem.endswith("not used: 'echo' is built in")
    (problem,) = shell("list", "findings", "--json").json["problems"]
    assert problem.endswith("not used: 'no-signal' is built in")
    said = shell("explain", "no-signal").out
    assert said.startswith("no-signal (")
    assert "Inputs far larger than one" not in said


def test_a_name_of_two_packages_stands_for_neither(installed, tmp_path, monkeypatch, shell):
    site = tmp_path / "site"
    entry_points(site, "other", tasks={"difference": "echospan_example.irnn:IRNN"})
    monkeypatch.syspath_prepend(str(site))
    problems = shell("list", "tasks", "--json").json["problems"]
    assert len(problems) == 2
    assert all(problem.endswith("not used: two packages bring this name") for problem in problems)
    said = shell.refused("show", "stream", "--set", "task.kind=difference")
    assert "a name that one package brings" in said
    assert "echospan_example.difference:Difference" in said


def plain(task: str, model: str = "lstm") -> dict:
    return {
        "task": {"kind": task, "symbols": 3, "length": 6},
        "framing": {"kind": "stream"},
        "model": {"kind": model, "units": 4},
    }


@pytest.mark.slow
def test_a_run_whose_class_is_gone_is_still_listed_and_shown(built, tmp_path, shell, monkeypatch):
    module = tmp_path / "away" / "gone_with_it.py"
    module.parent.mkdir()
    shutil.copy(built / "echospan_example" / "difference.py", module)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(module.parent))
        parts = ("--set", "task.kind=gone_with_it:Difference")
        run = shell("run", "stream", *parts, *SMALL, "--json").json
        assert run["settings"]["task"]["kind"] == "gone_with_it:Difference"
    tables = echospan.tasks.TASKS
    monkeypatch.setattr(tables, "_in_hand", {})
    monkeypatch.delitem(sys.modules, "gone_with_it")
    module.unlink()
    assert run["run_id"] in shell("runs", "list", "--json").out
    shown = shell("runs", "show", "latest", "--json").json
    assert shown["config"]["task"]["kind"] == "gone_with_it:Difference"
    assert run["run_id"] in shell("runs", "show", "latest").out
    assert shell("report", "latest", "-o", "r.html").code == 0
    # To use it takes the class: first trust, then the class itself.
    said = shell.refused("predict", "latest", "1")
    assert "'gone_with_it:Difference'" in said
    assert "--trust" in said
    said = shell.refused("predict", "latest", "1", "--trust")
    assert "ModuleNotFoundError" in said


def test_a_file_that_names_code_is_refused_until_it_is_trusted(built, tmp_path, shell, monkeypatch):
    shutil.copy(built / "echospan_example" / "irnn.py", tmp_path / "beside_me.py")
    text = """
[task]
kind = "echo"
symbols = 3
length = 6
[framing]
kind = "stream"
[model]
kind = "beside_me:IRNN"
units = 4
[training]
epochs = 1
"""
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    said = shell.refused("run", "mine.toml")
    assert "model.kind must be one of" in said
    assert "'beside_me:IRNN'" in said
    assert "--trust" in said
    assert "beside_me" not in sys.modules
    try:
        assert shell("run", "mine.toml", "--trust", "--json").json["epochs"] == 1
        # The same name, typed, is the user's own act.
        typed = ("--set", "model.kind=beside_me:IRNN", "--set", "model.units=4")
        monkeypatch.setattr(echospan.models.MODELS, "_in_hand", {})
        assert shell("show", "stream", "--length", "6", *typed).code == 0
    finally:
        sys.modules.pop("beside_me", None)
        if "" in sys.path:
            sys.path.remove("")
