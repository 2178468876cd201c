from __future__ import annotations

import errno
import os
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echospan.errors import CorruptRun, RunNotFound, StoreError
from echospan.store import Run, Store, describe_environment

from .helpers import CONFIG, DEAD, begin, orphan, python, said, set_record, weights

RESULT = {"recipe": "window", "accuracy": 0.75, "loss": 0.1, "inputs": [1, None, 3]}
HOSTILE = ["../x", "/etc/passwd", "a/../../b", "", ".", "..", ".hidden", "a\0b"]


@pytest.fixture
def run(store: Store) -> Run:
    return begin(store)


def test_everything_comes_back_in_another_process_s_eyes(store: Store, run: Run) -> None:
    history = {"epoch": np.arange(3.0), "loss": np.asarray([3.0, 2.0, np.nan])}
    environment = describe_environment()
    run.save_history(history)
    run.save_weights(weights())
    run.save_environment(environment)
    run.save_artifact("hidden", {"symbols": np.arange(5), "state": np.ones((5, 2))})
    run.save_artifact("attention", {"a": np.zeros(1)})
    run.save_json("vocabulary", ["001", "é", None])
    run.finish(RESULT)
    with Store(store.path) as other:
        back = other.get(run.id)
        assert (back.id, back.recipe, back.seed, back.path) == (run.id, "window", 3, run.path)
        assert back.config == CONFIG
        assert back.load_result() == RESULT
        assert back.load_environment() == environment
        assert back.load_json("vocabulary") == ["001", "é", None]
        assert back.artifacts() == ["attention", "hidden"]
        np.testing.assert_array_equal(back.load_artifact("hidden")["state"], np.ones((5, 2)))
        for name, values in history.items():
            np.testing.assert_array_equal(back.load_history()[name], values)
        for name, values in weights().items():
            np.testing.assert_array_equal(back.load_weights()[name], values)


def test_finishing_sets_the_row_and_drops_the_checkpoint(store: Store, run: Run) -> None:
    run.save_checkpoint(weights(), {"epoch": 1})
    set_record(store, run, since=time.time() - 30)
    run.finish(RESULT)
    summary = store.list()[0]
    assert (summary.state, summary.accuracy) == ("finished", 0.75)
    assert summary.finished is not None
    assert summary.finished > summary.created
    assert 30 <= (summary.seconds or 0) < 300
    assert run.load_checkpoint() is None
    assert "checkpoint.safetensors" not in run.files()


@pytest.mark.parametrize(
    ("given", "shown"),
    [(1, 1.0), (np.float32(0.5), 0.5), (None, None), (float("nan"), None), ("high", None)],
)
def test_the_accuracy_in_the_list(store: Store, run: Run, given: Any, shown: float | None) -> None:
    run.finish({"accuracy": given})
    assert store.list()[0].accuracy == shown


def test_a_result_without_an_accuracy(store: Store, run: Run) -> None:
    run.finish({"notes": []})
    assert store.list()[0].accuracy is None


def test_failing_keeps_the_traceback(store: Store, run: Run) -> None:
    def deep() -> None:
        raise ZeroDivisionError("by zero \udc80")

    try:
        deep()
    except ZeroDivisionError as error:
        run.fail(error)
    assert store.list()[0].state == "failed"
    kept = run.load_failure()
    assert kept is not None
    assert "in deep" in kept
    assert "ZeroDivisionError: by zero" in kept
    run.fail(ValueError("a second one, while cleaning up"))
    assert run.state == "failed"


def test_a_full_disk_keeps_the_state_if_not_the_traceback(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    calls: list[int] = []

    def full_once(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", full_once)
    with pytest.raises(StoreError, match="the disk is full"):
        run.fail(ValueError("x"))
    assert run.state == "failed"
    assert run.load_failure() is None


def test_a_long_traceback_keeps_its_end(run: Run) -> None:
    run.fail(ValueError("x" * (3 << 20) + " the end"))
    kept = run.load_failure()
    assert kept is not None
    assert len(kept) == 1 << 20
    assert kept.endswith("the end\n")


def test_interrupting_keeps_the_checkpoint(store: Store, run: Run) -> None:
    run.save_checkpoint(weights(), {"epoch": 7, "best": float("inf")})
    run.interrupt()
    run.interrupt()  # Ctrl-C twice
    assert store.list()[0].state == "interrupted"
    loaded = store.get(run.id).load_checkpoint()
    assert loaded is not None
    arrays, meta = loaded
    assert meta == {"epoch": 7, "best": float("inf")}
    np.testing.assert_array_equal(arrays["lstm/kernel"], weights()["lstm/kernel"])


@pytest.mark.parametrize("end", ["interrupt", "fail", "kill"])
def test_resuming(store: Store, run: Run, end: str) -> None:
    run.save_checkpoint(weights(), {})
    if end == "interrupt":
        run.interrupt()
    elif end == "fail":
        run.fail(ValueError("first"))
    else:
        orphan(store, run)
    (run.path / ".weights.safetensors.1.abcd.tmp").write_bytes(b"half")
    again = store.get(run.id)
    set_record(store, again, seconds=40.0)
    again.resume()
    assert again.summary.state == "running"
    assert again.summary.finished is None
    assert again.load_checkpoint() is not None
    assert not [name for name in again.files() if name.endswith(".tmp")]
    set_record(store, again, since=time.time() - 30)
    again.finish(RESULT)
    assert again.state == "finished"
    assert again.load_failure() is None
    # The time of both sessions.
    assert 70 <= (again.summary.seconds or 0.0) < 300


def test_a_finished_run_is_not_resumed(run: Run) -> None:
    run.finish(RESULT)
    with pytest.raises(StoreError, match="finished and cannot be resumed"):
        run.resume()


def test_a_run_alive_elsewhere_is_neither_resumed_nor_ended(store: Store, run: Run) -> None:
    set_record(store, run, host="another-machine", pid=12)
    assert run.state == "running"
    with pytest.raises(StoreError, match=r"running in process 12 on another-machine\..*End that"):
        run.resume()
    for end in (lambda: run.finish(RESULT), run.interrupt, lambda: run.fail(ValueError())):
        with pytest.raises(StoreError, match="process 12 on another-machine runs it now"):
            end()
    assert not (run.path / "result.json").exists()
    with pytest.warns(UserWarning, match="taken over all the same; if that process still works"):
        run.resume(force=True)
    run.finish(RESULT)


def test_only_one_of_two_resumes_wins(store: Store, run: Run) -> None:
    run.interrupt()
    script = (
        "import sys, time; from echospan.store import Store\n"
        "with Store(sys.argv[1]) as store:\n"
        "    store.get(sys.argv[2]).resume(); print('mine', flush=True); time.sleep(60)\n"
    )
    with python(script, store.path, run.id) as process:
        assert said(process) == "mine"
        with pytest.raises(StoreError, match=f"running in process {process.pid}"):
            run.resume()
    run.resume()  # it was killed


@pytest.mark.parametrize("state", ["finished", "failed", "interrupted"])
def test_a_stopped_run_does_not_change_its_mind(store: Store, run: Run, state: str) -> None:
    set_record(store, run, state=state)
    ends = {
        "finished": lambda: run.finish(RESULT),
        "failed": lambda: run.fail(ValueError("x")),
        "interrupted": run.interrupt,
    }
    for verb, end in ends.items():
        if verb == state != "finished":
            end()
        else:
            with pytest.raises(StoreError, match=f"it is {state}"):
                end()
    assert run.state == state


def test_a_removed_run_says_so(store: Store, run: Run) -> None:
    store.remove(run.id, force=True)
    with pytest.raises(RunNotFound, match="was removed"):
        run.finish(RESULT)
    with pytest.raises(RunNotFound, match="was removed"):
        _ = run.state


def test_what_was_never_saved_is_not_damage(run: Run) -> None:
    loads = {
        "result": run.load_result,
        "history": run.load_history,
        "weights": run.load_weights,
        "environment": run.load_environment,
        "artifact 'hidden'": lambda: run.load_artifact("hidden"),
        "JSON object 'vocabulary'": lambda: run.load_json("vocabulary"),
    }
    for what, load in loads.items():
        with pytest.raises(StoreError, match=rf"\(running\) has no {what}") as caught:
            load()
        assert not isinstance(caught.value, CorruptRun)
    assert run.load_checkpoint() is None
    assert run.load_failure() is None
    assert run.artifacts() == []


def test_a_finished_run_without_its_result_is_damaged(run: Run) -> None:
    run.finish(RESULT)
    (run.path / "result.json").unlink()
    with pytest.raises(CorruptRun, match=r"result\.json is missing"):
        run.load_result()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_do_not_leave_the_folder(tmp_path: Path, run: Run, name: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    for use in (
        lambda: run.save_artifact(name, weights()),
        lambda: run.load_artifact(name),
        lambda: run.save_json(name, 1),
        lambda: run.load_json(name),
    ):
        with pytest.raises(StoreError, match="object's name must be"):
            use()
    assert sorted(tmp_path.rglob("*")) == before


class Bomb:
    """Unpickling it would make a folder."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


def test_planted_pickles_are_never_opened(tmp_path: Path, store: Store, run: Run) -> None:
    target = tmp_path / "exploded"
    bomb = pickle.dumps(Bomb(target))
    np.savez(run.path / "weights.npz", a=np.asarray([Bomb(target)], object))
    (run.path / "artifacts").mkdir()
    for name in ("weights.pkl", "weights.keras", "artifacts/hidden.pkl", "artifacts/hidden.npy"):
        (run.path / name).write_bytes(bomb)
    assert run.artifacts() == []
    with pytest.raises(StoreError, match="has no weights"):
        run.load_weights()
    # Under the right names they are read, as what they are not.
    files = {
        "weights.safetensors": run.load_weights,
        "history.safetensors": run.load_history,
        "checkpoint.safetensors": run.load_checkpoint,
        "artifacts/hidden.safetensors": lambda: run.load_artifact("hidden"),
        "config.json": lambda: run.config,
        "result.json": run.load_result,
        "environment.json": run.load_environment,
    }
    for name, load in files.items():
        (run.path / name).write_bytes(bomb)
        with pytest.raises(CorruptRun, match=name.replace(".", r"\.")):
            load()
    assert store.list()[0].run_id == run.id
    assert not target.exists()
    pickle.loads(bomb)
    assert target.exists()  # it would have


def test_a_history_must_be_even(run: Run) -> None:
    with pytest.raises(StoreError, match="equally long one-dimensional"):
        run.save_history({"epoch": np.zeros(3), "loss": np.zeros(2)})
    with pytest.raises(StoreError, match="equally long one-dimensional"):
        run.save_history({"epoch": np.zeros((3, 1))})
    run.save_history({})
    assert run.load_history() == {}


def test_a_checkpoint_without_meta_is_damaged(run: Run) -> None:
    run.save_weights(weights())
    os.rename(run.path / "weights.safetensors", run.path / "checkpoint.safetensors")
    with pytest.raises(CorruptRun, match="meta is missing"):
        run.load_checkpoint()


def test_a_dead_process_is_not_this_one(store: Store, run: Run) -> None:
    """A reused process id does not make this process the owner."""
    set_record(store, run, pid=DEAD.pid, started=DEAD.started)
    with pytest.raises(StoreError, match="only that process may"):
        run.interrupt()
