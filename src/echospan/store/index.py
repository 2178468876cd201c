"""The index: one SQLite table with a row per run, so that listing opens no folder."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from echospan.errors import StoreError
from echospan.files import LINK, NOT_A_FILE, kind_of
from echospan.store.migrations import VERSION, migrate, schema_version
from echospan.store.problems import ELSEWHERE, from_sqlite, is_busy
from echospan.store.record import COLUMNS, RunRecord

BUSY_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
BESIDE = ("-wal", "-shm", "-journal")

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM runs"
_PUT = (
    f"INSERT INTO runs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    "ON CONFLICT (run_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "run_id")
)


class Index:
    """The table of runs. Threads may share one; a forked process must open its own.

    Args:
        path: The database file; created where missing.
        when_new: Gives the records that a new, empty database starts with.

    Raises:
        StoreError: The file cannot be opened, is no database, or is of a newer version.
    """

    def __init__(self, path: Path, when_new: Callable[[], Iterable[RunRecord]]) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._process = os.getpid()
        check_plain(path)
        try:
            # isolation_level=None: transactions begin and end only where we say so.
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise from_sqlite(error, path) from error
        self._finalizer = weakref.finalize(self, _close, self._connection, self._process)
        try:
            # SQLite opens a path. What it has opened is not written to before this.
            check_plain(path)
            self._prepare(when_new)
        except BaseException:
            self.close()
            raise

    def _prepare(self, when_new: Callable[[], Iterable[RunRecord]]) -> None:
        # A planted database must not call functions from its own views and triggers.
        self._execute("PRAGMA trusted_schema = OFF")
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = FULL")
        version = self._version()
        if version < VERSION:
            with self.transaction():
                # Another process may have migrated while we waited for the lock, and in one
                # transaction no process sees a new index before its runs are in it.
                if migrate(self._connection) == 0:
                    for record in when_new():
                        self.put(record)
        elif version > VERSION:
            raise StoreError(
                f"The store's index {self.path} has version {version}; this echospan reads up to "
                f"version {VERSION}. Upgrade echospan, or choose another folder with --store or "
                "ECHOSPAN_STORE."
            )

    def close(self) -> None:
        """Close the database. Closing twice is allowed."""
        with self._lock:
            self._finalizer()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock; commit at the end, or undo everything on an error."""
        with self._lock:
            self._execute("BEGIN IMMEDIATE")
            try:
                yield
                self._execute("COMMIT")
            except BaseException as error:
                # On some errors, a full disk among them, SQLite has already rolled back.
                if self._connection.in_transaction:
                    self._connection.rollback()
                if isinstance(error, sqlite3.Error):  # from a migration
                    raise from_sqlite(error, self.path) from error
                raise

    def put(self, record: RunRecord) -> None:
        """Insert the run's row, or replace it."""
        self._execute(_PUT, [getattr(record, name) for name in COLUMNS])

    def read(self, run_id: str) -> RunRecord | None:
        """The run's row, if there is one."""
        rows = self._execute(f"{_SELECT} WHERE run_id = ?", [run_id])
        return _record(rows[0]) if rows else None

    def delete(self, run_id: str) -> None:
        """Delete the run's row, if there is one."""
        self._execute("DELETE FROM runs WHERE run_id = ?", [run_id])

    def select(
        self,
        *,
        recipe: str | None = None,
        state: str | None = None,
        parent: str | None = None,
        fingerprint: str | None = None,
        limit: int | None = None,
    ) -> list[RunRecord]:
        """The rows whose columns equal the given values (None: any), newest first."""
        equal = {"recipe": recipe, "state": state, "parent": parent, "fingerprint": fingerprint}
        given = {name: value for name, value in equal.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in given)
        query = f"{_SELECT}{' WHERE ' if where else ''}{where} ORDER BY created DESC, rowid DESC"
        rows = self._execute(
            f"{query} LIMIT ?", [*given.values(), -1 if limit is None else max(limit, 0)]
        )
        return [_record(row) for row in rows]

    def ids(self, prefix: str = "") -> list[str]:
        """The ids that begin with ``prefix``, newest first."""
        # substr and not LIKE: LIKE gives % and _ a meaning and ignores case.
        rows = self._execute(
            "SELECT run_id FROM runs WHERE substr(run_id, 1, ?) = ? "
            "ORDER BY created DESC, rowid DESC",
            [len(prefix), prefix],
        )
        return [row[0] for row in rows]

    def _version(self) -> int:
        with self._lock:
            try:
                return schema_version(self._connection)
            except sqlite3.Error as error:
                raise from_sqlite(error, self.path) from error

    def _execute(self, sql: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        if os.getpid() != self._process:
            raise StoreError(
                "A store cannot be shared with a forked process. Open the store again there."
            )
        parameters = tuple(values)
        deadline = time.monotonic() + PATIENCE_SECONDS
        pause = 0.01
        with self._lock:
            while True:
                try:
                    return self._connection.execute(sql, parameters).fetchall()
                except sqlite3.Error as error:
                    # SQLite's own timeout does not cover all: switching to WAL and recovering
                    # after a kill answer "busy" at once.
                    if not is_busy(error) or time.monotonic() > deadline:
                        raise from_sqlite(error, self.path) from error
                time.sleep(pause)
                pause = min(2 * pause, 0.5)


def _record(row: tuple[Any, ...]) -> RunRecord:
    return RunRecord(**dict(zip(COLUMNS, row, strict=True)))


def check_plain(path: Path) -> None:
    """Refuse an index that is a link or a device, and the same for the files beside it.

    Raises:
        StoreError: One of them is.
    """
    for each in (path, *(path.with_name(path.name + ending) for ending in BESIDE)):
        try:
            kind = kind_of(os.lstat(each))
        except OSError:
            continue  # Missing, or for SQLite to tell.
        if kind in ("link", "other"):
            what = LINK if kind == "link" else NOT_A_FILE
            raise StoreError(
                f"Cannot use the store's index {each}: {what}. Move it away: a lost index is "
                f"rebuilt from the run folders. Or {ELSEWHERE}."
            )


def _close(connection: sqlite3.Connection, process: int) -> None:
    # Closing in a forked child would drop the parent's file locks.
    if os.getpid() == process:
        connection.close()
