from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from echospan.errors import StoreError
from echospan.store import Store
from echospan.store import index as module
from echospan.store.index import Index

from .helpers import row


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    opened = Index(tmp_path / "index.sqlite", when_new=list)
    yield opened
    opened.close()


def test_a_row_goes_in_and_comes_out(index: Index) -> None:
    index.put(row(1, label="é", parent="echo-1"))
    assert index.read(row(1).run_id) == row(1, label="é", parent="echo-1")
    assert index.read("another") is None


def test_putting_again_replaces_and_keeps_the_order(index: Index) -> None:
    same_time = "2026-11-23T10:00:00.000000Z"
    for number in (1, 2):
        index.put(row(number, created=same_time))
    index.put(row(1, created=same_time, state="failed"))
    assert [(item.seed, item.state) for item in index.select()] == [(2, "finished"), (1, "failed")]


def test_select_filters_and_limits_newest_first(index: Index) -> None:
    index.put(row(1))
    index.put(row(3, recipe="echo"))
    index.put(row(2, state="failed", parent="p", fingerprint="other"))
    assert [item.seed for item in index.select()] == [3, 2, 1]
    assert [item.seed for item in index.select(limit=2)] == [3, 2]
    assert index.select(limit=0) == []
    assert [item.seed for item in index.select(recipe="window")] == [2, 1]
    assert [item.seed for item in index.select(recipe="window", state="failed")] == [2]
    assert [item.seed for item in index.select(parent="p")] == [2]
    assert [item.seed for item in index.select(fingerprint="other")] == [2]


def test_a_prefix_is_taken_literally(index: Index) -> None:
    index.put(row(1, run_id="window-1"))
    assert index.ids("win") == ["window-1"]
    assert index.ids("w%") == index.ids("w_ndow") == index.ids("WIN") == []


def test_an_error_undoes_the_transaction(index: Index) -> None:
    index.put(row(1))

    def change_and_stop() -> None:
        with index.transaction():
            index.put(row(2))
            index.delete(row(1).run_id)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change_and_stop()
    assert [item.seed for item in index.select()] == [1]
    index.put(row(3))


def test_it_is_in_wal_mode(index: Index) -> None:
    assert index._execute("PRAGMA journal_mode") == [("wal",)]


def test_threads_may_share_it(index: Index) -> None:
    def write(base: int) -> None:
        for number in range(base, base + 20):
            with index.transaction():
                index.put(row(number))

    threads = [threading.Thread(target=write, args=(base,)) for base in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(index.select()) == 60


FORKING = """
import os, sys
from pathlib import Path
from echospan.errors import StoreError
from echospan.store import Store

store = Store(Path(sys.argv[1]))
store.create(recipe="window", config={}, fingerprint="", seed=1)
child = os.fork()
if child == 0:
    try:
        store.list()
    except StoreError as error:
        print(error, flush=True)
    finally:
        os._exit(0)
os.waitpid(child, 0)
print(len(store.list()))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_is_told_to_open_its_own(tmp_path: Path) -> None:
    # In a process of its own: JAX, which other tests load, refuses to be forked.
    done = subprocess.run(
        [sys.executable, "-c", FORKING, str(tmp_path / "store")],
        capture_output=True,
        text=True,
        check=True,
    )
    said, counted = done.stdout.splitlines()
    assert "Open the store again" in said
    assert counted == "1"


def test_a_full_disk_says_so_and_loses_nothing(index: Index) -> None:
    index.put(row(1))
    pages = index._execute("PRAGMA page_count")[0][0]
    index._execute(f"PRAGMA max_page_count = {pages}")
    # SQLite answers SQLITE_FULL, as on a full disk, once the row needs new pages.
    with (
        pytest.raises(StoreError, match=r"the disk is full. Free some space, or .*--store"),
        index.transaction(),
    ):
        index.put(row(2, label="x" * 100_000))
    assert [item.seed for item in index.select()] == [1]
    index._execute("PRAGMA max_page_count = 100000")
    index.put(row(2))
    assert len(index.select()) == 2


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(b"this is no database, but text that is long enough" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"it is not a database. Run `echospan runs rebuild`"):
        Index(path, when_new=list)
    assert path.read_bytes() == before


def test_a_damaged_database(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    opened = Index(path, when_new=list)
    for number in range(200):
        opened.put(row(number))
    opened.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"it is damaged.*Run `echospan runs rebuild`"):
        Index(path, when_new=list)


def test_a_read_only_database(index: Index) -> None:
    index._execute("PRAGMA query_only = ON")  # answers SQLITE_READONLY to every write
    with pytest.raises(StoreError, match=r"it is read-only. Choose another folder with --store"):
        index.put(row(1))


def test_a_lock_that_stays_is_reported(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.1)
    index._execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(index.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process keeps it locked"):
            index.put(row(1))
        other.execute("ROLLBACK")
    index.put(row(1))


def test_a_lock_that_goes_is_waited_for(tmp_path: Path, index: Index) -> None:
    index._execute("PRAGMA busy_timeout = 0")  # so that the retry is ours, not SQLite's
    with closing(
        sqlite3.connect(index.path, isolation_level=None, check_same_thread=False)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.2, other.execute, ["ROLLBACK"])
        timer.start()
        index.put(row(1))
        timer.join()
    assert len(index.select()) == 1


def test_a_new_index_begins_with_the_given_records(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    first = Index(path, when_new=lambda: [row(1), row(2)])
    first.close()
    second = Index(path, when_new=lambda: [row(3)])
    assert [item.seed for item in second.select()] == [2, 1]
    second.close()
    second.close()


def test_many_rows_are_written_and_counted(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        index = store._index
        with index.transaction():
            index.put_many([row(1), row(2, parent=row(1).run_id), row(3, parent="gone-1")])
        assert index.count() == 3
        assert index.count(apart=True) == store.count(apart=True) == 2
        assert [each.run_id for each in index.select(apart=True)] == [row(3).run_id, row(1).run_id]
        assert store.count(state="finished") == len(store.list(state="finished"))
        assert set(index.existing([row(1).run_id, "none"])) == {row(1).run_id}
        with pytest.raises(AssertionError):
            index.put_many([row(4)])
