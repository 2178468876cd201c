from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from echospan.errors import CorruptRun, RunNotFound, StoreError
from echospan.store import Store, recovery
from echospan.store.claims import Claims, Wanted
from echospan.store.record import read_record

from .helpers import begin, orphan, python, said, set_record

OWN = """
import sys, time
from echospan.store import Store
with Store(sys.argv[1]) as store:
    run = store.create(recipe="echo", config={}, fingerprint="", seed=0)
    print(run.id, flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_an_interrupted_run(store: Store) -> None:
    with python(OWN, store.path) as process:
        run_id = said(process)
        assert [item.state for item in store.list()] == ["running"]
        with pytest.raises(StoreError, match="is running in process"):
            store.remove(run_id)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert [item.state for item in store.list()] == ["interrupted"]
    assert store.list(state="running") == []
    assert store.list(state="interrupted")[0].finished is not None
    # Kept, not only shown: in the folder and in the index.
    assert read_record(store.path / "runs" / run_id).state == "interrupted"
    assert store._index.select(state="interrupted")[0].run_id == run_id


def test_killed_between_the_folder_and_the_index(store: Store) -> None:
    """run.json says finished, the index still running: the folder is right."""
    run = begin(store)
    row = store._index.read(run.id)
    assert row is not None
    run.finish({"accuracy": 0.5})
    store._index.put(row)
    orphaned = store._index.read(run.id)
    assert orphaned is not None
    store._index._execute("UPDATE runs SET started = 'an-earlier-boot:1'")
    assert [(item.state, item.accuracy) for item in store.list()] == [("finished", 0.5)]


@pytest.mark.parametrize("damage", ["gone", "truncated"])
def test_a_dead_run_with_a_damaged_folder_is_interrupted(store: Store, damage: str) -> None:
    run = begin(store)
    orphan(store, run)
    if damage == "gone":
        shutil.rmtree(run.path)
    else:
        os.truncate(run.path / "run.json", 3)
    assert [item.state for item in store.list()] == ["interrupted"]


def test_a_dead_run_is_shown_as_such_where_it_cannot_be_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, live = begin(store), begin(store)
    orphan(store, dead)

    def refuse(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(recovery, "write_record", refuse)
    assert [item.state for item in store.list()] == ["running", "interrupted"]
    assert [item.run_id for item in store.list(state="interrupted")] == [dead.id]
    assert [item.run_id for item in store.list(state="running")] == [live.id]
    assert [item.run_id for item in store.list(limit=1)] == [live.id]


def test_a_run_resumed_meanwhile_is_left_alone(store: Store) -> None:
    run = begin(store)
    orphan(store, run)
    seen = store._index.read(run.id)
    assert seen is not None
    run.resume()
    recovery._settle_one(store._index, run.path, seen)
    assert run.state == "running"


@pytest.fixture
def three(store: Store) -> list[str]:
    runs = [begin(store, recipe) for recipe in ("echo", "window", "stream")]
    runs[0].finish({"accuracy": 0.75})
    runs[1].fail(ValueError("x"))
    runs[2].interrupt()
    return [run.id for run in runs]


def test_a_missing_index_is_rebuilt_by_itself(store: Store, three: list[str]) -> None:
    before = store.list()
    store.close()
    for path in store.path.glob("index.sqlite*"):
        path.unlink()
    with Store(store.path, create=False) as again:
        assert again.list() == before
        assert again.get("latest:echo").load_result() == {"accuracy": 0.75}


def test_a_stale_log_of_a_missing_index_does_no_harm(store: Store, three: list[str]) -> None:
    before = store.list()
    assert (store.path / "index.sqlite-wal").exists()
    log = (store.path / "index.sqlite-wal").read_bytes()
    store.close()
    (store.path / "index.sqlite").unlink()
    (store.path / "index.sqlite-wal").write_bytes(log)
    with Store(store.path) as again:
        assert again.list() == before


def test_rebuilding_follows_the_folders(store: Store, three: list[str]) -> None:
    echo, window, stream = three
    shutil.rmtree(store.path / "runs" / echo)
    os.truncate(store.path / "runs" / window / "run.json", 10)
    store._index.delete(stream)
    (store.path / "runs" / "Not A Run").mkdir()
    (store.path / "runs" / "file").write_text("x")
    rebuilt = store.rebuild_index()
    assert rebuilt.indexed == 1
    assert set(rebuilt.skipped) == {window, "file"}
    assert "run.json" in rebuilt.skipped[window]
    # The damaged run keeps the row it had.
    assert {item.run_id for item in store.list()} == {window, stream}


def test_a_damaged_folder_does_not_stop_the_automatic_rebuild(
    store: Store, three: list[str]
) -> None:
    store.close()
    (store.path / "index.sqlite").unlink()
    os.truncate(store.path / "runs" / three[0] / "run.json", 0)
    with Store(store.path) as again:
        assert {item.run_id for item in again.list()} == set(three[1:])
        with pytest.raises(CorruptRun, match=r"run\.json"):
            again.get(three[0])


def test_a_folder_that_the_index_lost_is_found_by_its_id(store: Store, three: list[str]) -> None:
    store._index.delete(three[0])
    assert len(store.list()) == 2
    assert store.get(three[0]).load_result() == {"accuracy": 0.75}
    assert len(store.list()) == 3
    with pytest.raises(RunNotFound):
        store.get("echo-19990101-000000-0000")


def test_a_copied_folder_of_a_dead_run_comes_back_interrupted(store: Store) -> None:
    run = begin(store)
    orphan(store, run)
    store._index.delete(run.id)
    assert store.get(run.id).state == "interrupted"


def test_old_working_folders_are_swept_and_new_ones_are_not(tmp_path: Path, store: Store) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a").write_text("1")
    long_ago = time.time() - 2 * recovery.STALE_SECONDS
    for folder in (".staging", ".trash"):
        for name in ("old", "new"):
            (store.path / folder / name).mkdir()
            (store.path / folder / name / "config.json").write_text("{}")
        os.utime(store.path / folder / "old", (long_ago, long_ago))
        (store.path / folder / "link").symlink_to(outside)
        os.utime(store.path / folder / "link", (long_ago, long_ago), follow_symlinks=False)
    Store(store.path).close()
    for folder in (".staging", ".trash"):
        assert [path.name for path in (store.path / folder).iterdir()] == ["new"]
    assert (outside / "a").exists()


def test_set_aside_runs_are_not_settled(store: Store) -> None:
    """Finished, failed and interrupted runs have no process to ask for."""
    for state in ("finished", "failed", "interrupted"):
        run = begin(store)
        set_record(store, run, state=state)
        orphan(store, run)
    assert sorted(item.state for item in store.list()) == ["failed", "finished", "interrupted"]


def test_folders_of_a_large_store_are_compared_with_rows_only_where_one_was_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    real = recovery.unlisted
    monkeypatch.setattr(recovery, "MANY", 2)
    monkeypatch.setattr(recovery, "unlisted", lambda *given: compared.append(1) or real(*given))

    def opened() -> int:
        compared.clear()
        with Store(tmp_path / "store") as store:
            return (len(compared) and len(store.list())) or -len(store.list())

    with Store(tmp_path / "store") as store:
        first = begin(store)
        first.finish({})
        begin(store).finish({})
    # What was made run by run is compared once, and is known then.
    assert (opened(), opened()) == (2, -2)
    with Store(tmp_path / "store") as store:
        Claims(store, "run").claim([Wanted("a", "window", {}), Wanted("b", "window", {})])
    # A claim keeps that up to date.
    assert opened() == -4
    copy = tmp_path / "store" / "runs" / "window-20260101-000000-abcd"
    shutil.copytree(first.path, copy)
    record = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**record, "run_id": copy.name}))
    assert (opened(), opened()) == (5, -5)
