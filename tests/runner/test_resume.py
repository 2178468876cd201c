"""A run that was cut off and resumed is the run that was not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from echospan.engine.fleet import ThreadedFleet
from echospan.errors import StoreError
from echospan.recipe import find
from echospan.runner import Session, Stopped, resume, resume_all, run_recipe
from echospan.store import Store
from runner.helpers import TINY, Recorder, StopAfter, assert_same, stored

COMPARED = ("accuracy", "accuracy_interval", "loss", "epochs", "updates", "inputs", "predicted")


def _cut_and_whole(tmp_path: Path, recipe: str, settings: dict[str, Any], cut: int) -> Any:
    """Results of a run stopped after about `cut` epochs and resumed, and of a whole one."""
    with Store(tmp_path / "cut") as store:
        recorder = Recorder()
        session = Session(store, recorder, StopAfter(recorder, cut))
        with pytest.raises(Stopped) as stopped:
            run_recipe(session, find(recipe), settings)
        run_id = stopped.value.run_id
        assert f"echospan run --resume {run_id}" in str(stopped.value)
        run = store.get(run_id)
        assert run.state == "interrupted"
        again = Recorder()
        resumed = resume(Session(store, again), run)
        assert run.state == "finished"
        # It goes on where it stopped, and does not begin anew.
        assert again.begun[0][2] == recorder.epochs[-1] >= cut
    with Store(tmp_path / "whole") as store:
        whole = run_recipe(Session(store), find(recipe), settings)[0]
    for key in COMPARED:
        assert resumed[key] == whole[key], key
    cut_weights, cut_history = stored(tmp_path / "cut", resumed["run_id"])
    weights, history = stored(tmp_path / "whole", whole["run_id"])
    assert_same(cut_weights, weights)
    assert_same(cut_history, history)
    return resumed, history


def test_stopped_and_resumed_is_bit_identical(tmp_path):
    settings = {**TINY, "training.epochs": 4000}
    result, history = _cut_and_whole(tmp_path, "stream", settings, 5)
    assert result["epochs"] == 4000
    assert history["epoch"].tolist() == list(range(1, 4001))
    assert len(history["loss"]) == 4000


@pytest.mark.slow
def test_with_carried_state_too(tmp_path):
    settings = {
        "task.symbols": 5,
        "model.units": 8,
        "training.epochs": 1500,
        "training.reset_state": "never",
    }
    _cut_and_whole(tmp_path, "window", settings, 5)


@pytest.mark.slow
def test_with_patience_too(tmp_path):
    settings = {
        **TINY,
        "training.epochs": 5000,
        "training.learning_rate": 1.0,
        "training.patience": 2,
        "training.validate_every": 20,
    }
    result, history = _cut_and_whole(tmp_path, "stream", settings, 60)
    assert 60 < result["epochs"] < 5000
    assert result["epochs"] % 20 == 0
    looked = history["val_loss"][~(history["val_loss"] != history["val_loss"])]
    assert len(looked) == result["epochs"] // 20
    # It ended because the last two looks were no better than the best before.
    assert min(looked[-2:]) >= min(looked[:-2])


@pytest.mark.slow
def test_variants_are_not_run_again(tmp_path):
    settings = {"task.symbols": 5, "model.units": 4, "training.epochs": 400}
    small = {"task.length": 8, "framing.window": 3, "training.batch_size": 5}
    recipe = find("regression")
    with Store(tmp_path / "runs") as store:
        recorder = Recorder()

        def stop() -> bool:
            # In the middle of the second seed of the second variant.
            labels = [label for label, _, _ in recorder.begun]
            return "classes, seed 1" in labels

        one_by_one = Session(store, recorder, stop, ThreadedFleet(workers=1))
        with pytest.raises(Stopped) as stopped:
            run_recipe(one_by_one, recipe, {**settings, **small})
        parents = [run for run in store.list() if run.parent is None]
        assert [run.state for run in parents] == ["interrupted"]
        parent = store.get(parents[0].run_id)
        before = {
            run.run_id: run.finished
            for run in store.list(parent=parent.id)
            if run.state == "finished"
        }
        assert len(before) == 3  # two more seeds of `value`, and one of `classes`
        # The message names the run that is to be resumed: the study, not its variant.
        assert stopped.value.run_id == parent.id
        again = Recorder()
        result = resume(Session(store, again), parent)
        labels = [label for label, _, _ in again.begun]
        assert "value, seed 1" not in labels
        assert "classes, seed 0" not in labels
        after = {run.run_id: run.finished for run in store.list(parent=parent.id)}
        assert before.items() <= after.items()
        assert [variant["seeds"] for variant in result["variants"]] == [3, 3]
    with Store(tmp_path / "whole") as store:
        whole = run_recipe(Session(store), recipe, {**settings, **small})[0]
    for one, other in zip(result["variants"], whole["variants"], strict=True):
        assert one["accuracies"] == other["accuracies"]
        assert one["interval"] == other["interval"]


@pytest.mark.slow
def test_a_finished_run_cannot_be_resumed(trained):
    with Store(trained) as store:
        run = store.get("latest:stream")
        with pytest.raises(StoreError, match="finished"):
            resume(Session(store), run)
        assert run.state == "finished"


def _command(*arguments: str) -> list[str]:
    # Checkpoints come so often that even a fast machine is not done before the first.
    code = (
        "import sys; from echospan.cli.main import run; from echospan.runner import training; "
        "training.SECONDS_BETWEEN_CHECKPOINTS = 0.05; sys.exit(run())"
    )
    return [sys.executable, "-c", code, *arguments]


def _started(folder: Path, *arguments: str) -> tuple[subprocess.Popen[str], Path]:
    """A running process and its run's folder, once the run has a checkpoint."""
    process = subprocess.Popen(
        _command("run", *arguments, "--store", str(folder), "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        found = list(folder.glob("runs/*/checkpoint*"))
        if found:
            return process, found[0].parent
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"no checkpoint was written: {process.communicate()[1]}")


LONG = ("window", "--set", "training.reset_state=never", "--units", "12", "--symbols", "8")


@pytest.mark.slow
def test_kill_minus_nine(tmp_path):
    process, _ = _started(tmp_path / "cut", *LONG, "--epochs", "60000")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with Store(tmp_path / "cut") as store:
        (summary,) = store.list()
        assert summary.state == "interrupted"
    done = subprocess.run(
        _command("run", "--resume", "latest", "--store", str(tmp_path / "cut"), "--json"),
        capture_output=True,
        text=True,
        check=True,
    )
    resumed = json.loads(done.stdout)
    whole = json.loads(
        subprocess.run(
            _command("run", *LONG, "--epochs", "60000", "--store", str(tmp_path / "w"), "--json"),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    for key in COMPARED:
        assert resumed[key] == whole[key], key
    cut_weights, cut_history = stored(tmp_path / "cut", resumed["run_id"])
    weights, history = stored(tmp_path / "w", whole["run_id"])
    assert_same(cut_weights, weights)
    assert_same(cut_history, history)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_cleanly(tmp_path, number):
    process, folder = _started(tmp_path / "runs", *LONG, "--epochs", "9000000")
    process.send_signal(number)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    lines = errors.strip().splitlines()
    assert lines == [f"Stopped. Go on with: echospan run --resume {folder.name}"]
    with Store(tmp_path / "runs") as store:
        run = store.get(folder.name)
        assert run.state == "interrupted"
        recorder = Recorder()
        with pytest.raises(Stopped):
            resume(Session(store, recorder, StopAfter(recorder, 1)), run)
        assert recorder.begun[0][2] > 0


@pytest.mark.slow
def test_several_seeds_stop_and_go_on_as_one(tmp_path):
    process, _ = _started(tmp_path / "runs", *LONG, "--epochs", "9000000", "--seeds", "3")
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    (line,) = errors.strip().splitlines()
    _, _, named = line.partition("echospan run ")
    with Store(tmp_path / "runs") as store:
        runs = store.list()
        assert [run.state for run in runs] == ["interrupted"] * 3
        assert set(named.replace("--resume ", "").split()) == {run.run_id for run in runs}
    # Together again, as the message says.
    recorder = Recorder()
    with Store(tmp_path / "runs") as store:
        session = Session(store, recorder, StopAfter(recorder, 1))
        # The oldest first: on a single core it is the one that was under way.
        left = [store.get(run.run_id) for run in reversed(runs)]
        with pytest.raises(Stopped) as stopped:
            resume_all(session, left)
    assert len(stopped.value.run_ids) == 3
    assert any(done > 0 for _, _, done in recorder.begun)


@pytest.mark.slow
def test_several_seeds_killed_are_each_whole_again(tmp_path):
    small = ("stream", "--symbols", "5", "--length", "8", "--units", "8")
    many = (*small, "--seeds", "3", "--epochs", "60000")
    process, _ = _started(tmp_path / "cut", *many)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    whole = json.loads(
        subprocess.run(
            _command("run", *many, "--store", str(tmp_path / "whole"), "--json"),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    with Store(tmp_path / "cut") as store:
        cut = store.list()
        assert {run.state for run in cut} <= {"interrupted", "finished"}
        left = [store.get(run.run_id) for run in cut if run.state == "interrupted"]
        assert left
        resume_all(Session(store), left)
    for run in cut:
        (result,) = (found for found in whole["runs"] if found["seed"] == run.seed)
        weights, history = stored(tmp_path / "cut", run.run_id)
        expected, expected_history = stored(tmp_path / "whole", result["run_id"])
        assert_same(weights, expected)
        assert_same(history, expected_history)
