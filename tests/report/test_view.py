from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from echospan.errors import CorruptRun
from echospan.report import RunView
from echospan.report.run_page import page
from echospan.store import Store

from . import samples
from .samples import MemoryRun


def test_all_pieces_of_a_finished_run(tmp_path: Path) -> None:
    view = RunView.from_run(MemoryRun(tmp_path), intro="Look.")
    assert (view.run_id, view.recipe, view.state, view.seed) == ("run-1", "window", "finished", 3)
    assert view.config == samples.config()
    assert view.result is not None
    assert view.result.accuracy == 0.998
    assert view.history["loss"].tolist() == samples.history()["loss"].tolist()
    assert view.hidden["state"].shape == (12, 6)
    assert view.environment["python"] == "3.11.9"
    assert (view.intro, view.problems, view.failure) == ("Look.", (), "")
    assert (view.lag, view.chance) == (1, 0.01)


def test_what_was_never_stored_is_empty_and_no_problem(tmp_path: Path) -> None:
    run = MemoryRun(
        tmp_path, "interrupted", result=None, history=None, hidden=None, environment=None
    )
    view = RunView.from_run(run)
    assert (view.result, view.history, view.hidden, view.environment) == (None, {}, {}, {})
    assert view.problems == ()


def test_a_finished_run_without_result_is_a_problem(tmp_path: Path) -> None:
    view = RunView.from_run(MemoryRun(tmp_path, result=None))
    assert view.problems == ("The result could not be read: The run run-1 has no result.",)


@pytest.mark.parametrize("piece", ["config", "result", "history", "hidden", "environment"])
@pytest.mark.slow
def test_damage_is_noted_and_the_rest_is_read(tmp_path: Path, piece: str) -> None:
    broken = {piece: CorruptRun("file is truncated")}
    view = RunView.from_run(MemoryRun(tmp_path, "interrupted", **broken))
    assert len(view.problems) == 1
    assert view.problems[0].endswith("could not be read: file is truncated")
    assert not getattr(view, piece)
    others = {"config", "result", "history", "hidden", "environment"} - {piece}
    assert all(len(getattr(view, other)) for other in others)
    assert "file is truncated" in page([view], title="x")


def test_the_last_line_of_a_failure(tmp_path: Path) -> None:
    (tmp_path / "failure.txt").write_text("Traceback:\n  in f\nValueError: no\n\n")
    assert RunView.from_run(MemoryRun(tmp_path, "failed")).failure == "ValueError: no"
    assert RunView.from_run(MemoryRun(tmp_path, "finished")).failure == ""
    assert RunView.from_run(MemoryRun(tmp_path / "gone", "failed")).failure == ""


def test_last_line_of_binary_and_odd_files(tmp_path: Path) -> None:
    path = tmp_path / "failure.txt"

    def last_line() -> str:
        return RunView.from_run(MemoryRun(tmp_path, "failed")).failure

    path.write_bytes(b"x" * 200_000 + b"\n\xff end\n")
    assert last_line() == "\ufffd end"
    path.write_bytes(b"")
    assert last_line() == ""
    path.unlink()
    path.mkdir()
    assert last_line() == ""
    path.rmdir()
    path.symlink_to("/etc/hostname")
    assert last_line() == ""


def test_runs_of_the_real_store(tmp_path: Path) -> None:
    with Store(tmp_path / "runs") as store:
        done = store.create(recipe="window", config=samples.config(), fingerprint="f", seed=3)
        done.save_history(samples.history())
        done.save_artifact("hidden", samples.hidden())
        done.save_environment({"python": "3.11.9"})
        done.finish(
            samples.stored(
                variants=samples.variants(),
                grid=samples.grid(),
            )
        )
        failed = store.create(recipe="own", config=samples.config(), fingerprint="g", seed=4)
        try:
            raise ValueError("the data are odd")
        except ValueError as error:
            failed.fail(error)
        damaged = store.create(recipe="hurt", config=samples.config(), fingerprint="h", seed=5)
        damaged.save_history(samples.history())
        damaged.finish(samples.stored())
        (damaged.path / "history.safetensors").write_bytes(b"cut")
        views = [RunView.from_run(run) for run in (done, failed, damaged)]
    assert np.array_equal(views[0].hidden["state"], samples.hidden()["state"])
    assert views[0].problems == ()
    assert (views[1].state, views[1].failure) == ("failed", "ValueError: the data are odd")
    assert len(views[2].problems) == 1
    assert views[2].result is not None
    assert views[2].result.accuracy == 0.998
    assert "the data are odd" in page(views, title="All")
