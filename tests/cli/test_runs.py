from __future__ import annotations

import re
import shutil
import zipfile

import numpy as np
import pytest

from cli.helpers import TINY
from without import without


def test_list_is_newest_first(on_trained):
    runs = on_trained("runs", "list", "--json").json["runs"]
    assert [run["recipe"] for run in runs] == ["window", "stream"]
    for run in runs:
        assert run["run_id"].startswith(run["recipe"])
        assert run["state"] == "finished"
        assert run["accuracy"] >= 0.99
    assert on_trained("runs", "list", "--limit", "1", "--json").json["runs"] == runs[:1]
    only = on_trained("runs", "list", "--recipe", "stream", "--json").json["runs"]
    assert only == runs[1:]
    assert on_trained("runs", "list", "--state", "failed", "--json").json == {"runs": []}
    assert "state" in on_trained.refused("runs", "list", "--state", "done")
    assert "window" in on_trained("runs", "list").out
    assert "None of the 2 runs in the store" in on_trained("runs", "list", "--recipe", "x").out


def test_a_terminal_shows_the_newest_and_counts_the_others(on_trained, monkeypatch):
    monkeypatch.setattr("echospan.cli.runs.MOST_LISTED", 1)
    listed = on_trained("runs", "list").out
    assert "and 1 older" in listed
    assert "--limit 2 lists them all" in listed
    assert "stream-" not in listed
    assert "stream-" in on_trained("runs", "list", "--limit", "2").out
    assert len(on_trained("runs", "list", "--json").json["runs"]) == 2


def test_an_empty_list(shell, tmp_path):
    assert shell("runs", "list", "--json").json == {"runs": []}
    said = shell("runs", "list")
    assert said.code == 0
    assert f"There is no run in the store {tmp_path / 'runs'}" in said.out
    assert "ECHOSPAN_STORE" in said.out


def test_show(on_trained):
    shown = on_trained("runs", "show", "latest:stream", "--json").json
    assert shown["recipe"] == "stream"
    assert shown["result"]["accuracy"] == shown["accuracy"]
    assert shown["config"]["task"]["symbols"] == 5
    assert shown["failure"] is None
    assert "chance" in on_trained("runs", "show", "latest:stream").out


def test_a_run_without_training_is_shown(shell):
    assert shell("run", "encode", "--json").code == 0
    assert shell("runs", "show", "latest").code == 0


@pytest.mark.slow
def test_remove_takes_the_variants_along(shell):
    result = shell(
        *("run", "prefix", "--symbols", "4", "--length", "5", "--batch-size", "5"),
        *("--units", "2", "--epochs", "1", "--json"),
    ).json
    every = shell("runs", "list", "--variants", "--json").json["runs"]
    assert len(every) == 6  # the run itself is one of the 2 x 3 cells
    assert len(shell("runs", "list", "--json").json["runs"]) == 1
    assert {run for variant in result["variants"] for run in variant["runs"]} == {
        run["run_id"] for run in every
    }
    removed = shell("runs", "remove", result["run_id"], "--json").json["removed"]
    assert sorted(removed) == sorted(run["run_id"] for run in every)
    assert shell("runs", "list", "--variants", "--json").json == {"runs": []}


def test_export_as_zip(on_trained, tmp_path):
    said = on_trained("runs", "export", "latest:stream", tmp_path / "run.zip", "--json").json
    assert said["path"] == str(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        assert archive.testzip() is None
        assert any(name.endswith("weights.safetensors") for name in archive.namelist())
    assert "run.zip" in on_trained.refused("runs", "export", "latest:stream", tmp_path / "run.zip")


def test_export_as_keras(on_trained, tmp_path, keras_models):
    path = tmp_path / "echo.keras"
    assert on_trained("runs", "export", "latest:window", path).code == 0
    model = keras_models.load_model(path)
    # Nine numbers make seven windows: the model carries state, in batches of seven.
    numbers = [3, 1, 4, 0, 2, 2, 1, 3, 0]
    said = on_trained("predict", "latest:window", *map(str, numbers), "--json").json
    windows = np.lib.stride_tricks.sliding_window_view(np.array(numbers), 3)
    scores = np.asarray(model(np.eye(5, dtype="float32")[windows]))
    answers = [str(symbol) for symbol in scores.reshape(len(windows), -1, 5)[:, -1].argmax(-1)]
    assert answers == said["predicted"][2:]
    assert "--overwrite" in on_trained.refused("runs", "export", "latest:window", path)
    assert on_trained("runs", "export", "latest:window", path, "--overwrite").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["window", "stream"])
def test_what_export_prints_loads_the_model_without_echospan(on_trained, tmp_path, recipe):
    said = on_trained("runs", "export", f"latest:{recipe}", "-o", "echo.keras")
    assert said.code == 0
    path, _, lines = said.out.partition("\n")
    assert path == "echo.keras"
    assert 'os.environ["KERAS_BACKEND"] = "jax"' in lines
    done = without(("echospan", "tensorflow", "torch"), lines, tmp_path)
    assert done.returncode == 0, done.stderr
    numbers = next(line for line in lines.splitlines() if line.startswith("numbers"))
    row = re.findall(r"\d", numbers.partition("[[")[2].partition("]]")[0])
    answers = re.findall(r"\d", done.stdout)
    said = on_trained("predict", f"latest:{recipe}", *row, "--json").json
    wanted = [answer for answer in said["predicted"] if answer is not None]
    assert answers[-len(wanted) :] == wanted
    # One row, from a model that was trained in batches of seven.
    assert len(answers) == (1 if recipe == "window" else len(row))


def test_export_takes_one_place(on_trained):
    for places in ((), ("a.keras", "-o", "b.keras")):
        line = on_trained.refused("runs", "export", "latest:window", *places)
        assert "-o FILE" in line


@pytest.fixture
def keras_models():
    from echospan.backend import keras_on_jax

    return keras_on_jax().models


def test_report(on_trained, tmp_path):
    said = on_trained(
        *("report", "latest:stream", "latest:window", "-o", tmp_path / "r.html"),
        *("--figures", tmp_path / "figures", "--format", "svg", "--json", "--no-check"),
    ).json
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "stream" in page
    assert "window" in page
    assert said["figures"]
    assert all((tmp_path / path).stat().st_size > 500 for path in said["figures"])
    assert "Can the needed input affect the output?" not in page
    assert "--format" in on_trained.refused("report", "latest", "--format", "gif")


@pytest.mark.slow
def test_a_report_says_what_can_affect_the_output(on_trained, tmp_path):
    said = on_trained("report", "latest:window", "-o", tmp_path / "r.html", "--json",
                      "--figures", tmp_path / "figures").json  # fmt: skip
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "Can the needed input affect the output?" in page
    assert "The reach map as a table" in page
    assert "(needed)" in page
    assert any("-reach.png" in path for path in said["figures"])


def test_a_failed_run_is_kept_with_its_traceback(shell, monkeypatch, folder):
    from echospan.runner import result

    def broken(*arguments, **named):
        raise RuntimeError("the machine is on fire")

    monkeypatch.setattr(result, "score", broken)
    assert "RuntimeError: the machine is on fire" in shell.refused("run", "stream", *TINY)
    monkeypatch.undo()
    monkeypatch.setenv("ECHOSPAN_STORE", str(folder))
    shown = shell("runs", "show", "latest", "--json").json
    assert shown["state"] == "failed"
    assert "on fire" in shown["failure"]
    assert "failed" in shell.refused("predict", shown["run_id"], "1")
    # What failed can be gone on with.
    assert shell("run", "--resume", shown["run_id"], "--json").json["run_id"] == shown["run_id"]


def test_the_shared_store_is_as_it_was(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "copy")
    assert len(list((tmp_path / "copy" / "runs").iterdir())) == 2
