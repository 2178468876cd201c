from __future__ import annotations

import errno
import os
import secrets
import socket
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echospan.errors import ConfigError, CorruptRun, RunNotFound, StoreError
from echospan.store import Store
from echospan.store.record import write_record

from .helpers import CONFIG, begin, orphan, row, set_record, weights


def test_a_new_run_is_running_and_listed(store: Store) -> None:
    run = begin(store, seed=5, label="a label", parent="window-1")
    (summary,) = store.list()
    assert (summary.run_id, summary.recipe, summary.state) == (run.id, "window", "running")
    assert (summary.seed, summary.accuracy, summary.finished) == (5, None, None)
    assert (summary.fingerprint, summary.label, summary.parent) == ("f00d", "a label", "window-1")
    assert run.config == CONFIG
    assert run.path == store.path / "runs" / run.id


def test_the_list_is_newest_first_and_filtered(store: Store) -> None:
    runs = [begin(store, recipe, seed=seed) for recipe, seed in (("echo", 0), ("window", 1))]
    runs += [begin(store, "window", seed=2, parent=runs[0].id)]
    runs[1].finish({"accuracy": 1.0})
    assert [item.seed for item in store.list()] == [2, 1, 0]
    assert [item.seed for item in store.list(recipe="window")] == [2, 1]
    assert [item.seed for item in store.list(state="finished")] == [1]
    assert [item.seed for item in store.list(parent=runs[0].id)] == [2]
    assert [item.seed for item in store.list(limit=1)] == [2]
    with pytest.raises(ConfigError, match="state must be one of"):
        store.list(state="done")
    with pytest.raises(ConfigError, match="limit must be at least 0; got -1"):
        store.list(limit=-1)


def test_ten_thousand_runs_are_listed_without_their_folders(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store._index.transaction():
        for number in range(10_000):
            state = ("finished", "failed", "interrupted", "running")[number % 4]
            store._index.put(row(number, state=state, recipe=f"r{number % 3}"))

    def refuse(*given: Any, **_: Any) -> None:
        raise AssertionError(f"opened {given}")

    # The owner of the running rows is on another machine, so none of them has to be settled.
    for name in ("open", "scandir", "listdir", "stat"):
        monkeypatch.setattr(os, name, refuse)
    found = store.list()
    assert [item.seed for item in found] == list(range(9999, -1, -1))
    assert len(store.list(state="failed")) == 2500
    assert len(store.list(recipe="r0", state="running")) == 834


def test_ids_do_not_collide(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["aaaa", "aaaa", "aaaa", "bbbb"])
    real = secrets.token_hex

    def draw(count: int) -> str:
        return next(drawn) if count == 2 else real(count)

    monkeypatch.setattr(secrets, "token_hex", draw)
    fixed = datetime(2026, 11, 23, 10, 15, 0, tzinfo=UTC)
    monkeypatch.setattr("echospan.store.store.now", lambda: fixed)
    first, second = begin(store), begin(store)
    assert first.id == "window-20261123-101500-aaaa"
    assert second.id == "window-20261123-101500-bbbb"
    assert list((store.path / ".staging").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": -1}, "seed must be 0 to"),
        ({"seed": 1 << 63}, "seed must be 0 to"),
        ({"label": "two\nlines"}, "label must be 0 to 200 printable"),
        ({"parent": "../x"}, "run id must be"),
        ({"fingerprint": "x" * 300}, "fingerprint must be"),
        ({"config": {"task": object()}}, r"config\.json, 'task' must hold"),
        ({"config": {1: 2}}, "must have strings as keys"),
    ],
)
def test_what_cannot_be_stored_leaves_nothing(
    store: Store, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        begin(store, **change)
    assert store.list() == []
    assert list((store.path / "runs").iterdir()) == []
    assert list((store.path / ".staging").iterdir()) == []


@pytest.mark.parametrize("recipe", ["", "a\nb", "x" * 300])
def test_a_recipe_must_be_listable(store: Store, recipe: str) -> None:
    with pytest.raises(StoreError, match="recipe must be 1 to 200"):
        begin(store, recipe)


def test_a_recipe_with_an_odd_name(store: Store) -> None:
    run = begin(store, "../Meine Größe")
    assert run.path.parent == store.path / "runs"
    assert run.id.startswith("meine-gr-e-2")
    assert store.get("latest:../Meine Größe").id == run.id


def test_removing(store: Store) -> None:
    run, other = begin(store), begin(store)
    with pytest.raises(StoreError, match=f"is running in process {os.getpid()}"):
        store.remove(run.id)
    run.finish({})
    with pytest.raises(RunNotFound, match=r"removing needs the full id\. It begins these ids: wi"):
        store.remove("window")
    store.remove(run.id)
    assert [item.run_id for item in store.list()] == [other.id]
    assert not run.path.exists()
    with pytest.raises(RunNotFound, match="See `echospan runs list`"):
        store.remove(run.id)
    store.remove(other.id, force=True)
    assert store.list() == []
    assert list((store.path / ".trash").iterdir()) == []


@pytest.mark.parametrize("name", ["../outside", "..", "/", "", "runs/../../outside"])
def test_removing_does_not_leave_the_store(tmp_path: Path, store: Store, name: str) -> None:
    (tmp_path / "outside").mkdir()
    with pytest.raises(RunNotFound):
        store.remove(name, force=True)
    assert (tmp_path / "outside").exists()
    assert (store.path / "runs").exists()


def test_removing_a_link_leaves_what_it_points_to(tmp_path: Path, store: Store) -> None:
    run = begin(store)
    run.finish({})
    os.rename(run.path, tmp_path / "outside")
    run.path.symlink_to(tmp_path / "outside")
    with pytest.raises(CorruptRun):
        store.get(run.id)
    store.remove(run.id)
    assert not run.path.is_symlink()
    assert (tmp_path / "outside" / "config.json").exists()


@pytest.mark.parametrize(
    "damage", ["missing folder", "no config", "truncated config", "truncated record", "all empty"]
)
def test_one_damaged_run_harms_no_other(store: Store, damage: str) -> None:
    good, bad = begin(store), begin(store)
    for run in (good, bad):
        run.save_weights(weights())
        run.finish({"accuracy": 0.5})
    name = "config.json"
    if damage == "missing folder":
        os.rename(bad.path, store.path / "elsewhere")
        name = bad.id
    elif damage == "no config":
        (bad.path / "config.json").unlink()
    elif damage == "truncated config":
        os.truncate(bad.path / "config.json", 5)
    elif damage == "truncated record":
        os.truncate(bad.path / "run.json", 5)
    else:
        for path in bad.path.iterdir():
            os.truncate(path, 0)
    assert {item.run_id for item in store.list()} == {good.id, bad.id}
    if damage != "truncated record":
        with pytest.raises(CorruptRun, match=name.replace(".", r"\.")):
            _ = store.get(bad.id).config
    np.testing.assert_array_equal(
        store.get(good.id).load_weights()["lstm/bias"], weights()["lstm/bias"]
    )
    begin(store).finish({})
    store.remove(bad.id)
    assert bad.id not in {item.run_id for item in store.list()}


def test_a_file_where_the_store_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(
            StoreError, match=r"there is a file, but a folder .*--store or ECHOSPAN"
        ):
            Store(path)
    assert (tmp_path / "file").read_text() == "mine"


def test_an_index_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "runs" / "index.sqlite").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"it is not a regular file. Run `echospan runs rebuild`"):
        Store(tmp_path / "runs")


def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store at"):
        Store(tmp_path / "runs", create=False)
    assert not (tmp_path / "runs").exists()
    Store(tmp_path / "runs").close()
    Store(tmp_path / "runs", create=False).close()


def test_a_read_only_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "mkdir", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreError, match=r"read-only. Choose another folder with --store or ECHO"):
        Store(tmp_path / "runs")


def test_a_disk_that_fills_up_loses_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    done, going = begin(store), begin(store)
    done.save_weights(weights())
    done.finish({"accuracy": 1.0})
    going.save_checkpoint(weights(1), {"epoch": 1})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        message = "the disk is full. Free some space, or choose another folder with --store"
        for use in (
            lambda: begin(store),
            lambda: going.save_checkpoint(weights(2), {"epoch": 2}),
            lambda: going.finish({"accuracy": 0.5}),
            going.interrupt,
        ):
            with pytest.raises(StoreError, match=message):
                use()
    assert {item.run_id for item in store.list()} == {done.id, going.id}
    assert len(list((store.path / "runs").iterdir())) == 2
    loaded = going.load_checkpoint()
    assert loaded is not None
    assert loaded[1] == {"epoch": 1}
    np.testing.assert_array_equal(loaded[0]["lstm/bias"], weights(1)["lstm/bias"])
    going.finish({"accuracy": 0.5})
    assert done.load_result() == {"accuracy": 1.0}


def test_a_commit_that_fails_leaves_no_folder(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store._index._execute

    def fail(sql: str, values: Any = ()) -> Any:
        if sql == "COMMIT":
            raise StoreError("the disk is full")
        return real(sql, values)

    with monkeypatch.context() as patch:
        patch.setattr(store._index, "_execute", fail)
        with pytest.raises(StoreError, match="the disk is full"):
            begin(store)
    assert store.list() == []
    assert list((store.path / "runs").iterdir()) == []


def test_a_planted_index_does_not_lead_out_of_the_store(tmp_path: Path, store: Store) -> None:
    # A dead run, says the index, whose folder lies outside and looks like a run: settling it
    # would write there.
    outside = tmp_path / "outside"
    outside.mkdir()
    write_record(outside, row(1, run_id="outside", state="running"))
    before = (outside / "run.json").read_bytes()
    planted = row(
        1, run_id="../../outside", state="running", host=socket.gethostname(), pid=-1, started="x"
    )
    store._index.put(planted)
    run = begin(store)
    assert {item.run_id: item.state for item in store.list()} == {
        "../../outside": "interrupted",
        run.id: "running",
    }
    store._index.put(replace(planted, created="9999"))
    with pytest.raises(StoreError, match="run id must be"):
        store.get("latest")
    with pytest.raises(RunNotFound):
        store.remove("../../outside", force=True)
    assert [path.name for path in outside.iterdir()] == ["run.json"]
    assert (outside / "run.json").read_bytes() == before


def test_a_new_id_is_not_that_of_a_row_whose_folder_is_gone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = datetime(2026, 11, 23, 10, 15, 0, tzinfo=UTC)
    monkeypatch.setattr("echospan.store.store.now", lambda: fixed)
    store._index.put(row(1, run_id="window-20261123-101500-aaaa"))
    drawn = iter(["aaaa", "bbbb"])
    real = secrets.token_hex
    monkeypatch.setattr(
        secrets, "token_hex", lambda count: next(drawn) if count == 2 else real(count)
    )
    assert begin(store).id == "window-20261123-101500-bbbb"


def test_two_stores_in_one_process_see_each_other(store: Store) -> None:
    with Store(store.path) as other:
        run = begin(store)
        assert other.get(run.id).state == "running"
        other.get(run.id).finish({"accuracy": 0.25})
        assert store.list()[0].accuracy == 0.25


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError, match=r"closed database. Open the store again"):
        store.list()


def test_the_fingerprint_finds_equal_runs(store: Store) -> None:
    begin(store, fingerprint="one")
    assert [item.fingerprint for item in store.list(fingerprint="one")] == ["one"]
    assert store.list(fingerprint="two") == []


def test_a_dead_run_is_never_taken_for_running(store: Store) -> None:
    run = begin(store)
    orphan(store, run)
    assert store.get(run.id).state == "interrupted"
    with sqlite3.connect(store.path / "index.sqlite") as connection:
        assert connection.execute("SELECT state FROM runs").fetchall() == [("interrupted",)]
    connection.close()


def test_removing_a_dead_run_needs_no_force(store: Store) -> None:
    run = begin(store)
    orphan(store, run)
    store.remove(run.id)
    assert store.list() == []


def test_removing_one_that_runs_elsewhere_needs_force(store: Store) -> None:
    run = begin(store)
    set_record(store, run, host="another-machine", pid=12)
    with pytest.raises(StoreError, match="process 12 on another-machine"):
        store.remove(run.id)
    store.remove(run.id, force=True)
