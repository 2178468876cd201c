"""The index: one SQLite table with a row per run, so that listing opens no folder."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from typing import Any

from echospan.errors import StoreError
from echospan.files import LINK, NOT_A_FILE, kind_of
from echospan.store import schema
from echospan.store.heartbeat import Heartbeat
from echospan.store.migrations import VERSION, migrate
from echospan.store.problems import BadIndex, bad_index, from_sqlite, is_busy
from echospan.store.record import COLUMNS, RunRecord, wrong_field

BUSY_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
_AT_ONCE = 500
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

    Attributes:
        path: The file.
        heartbeat: Renews the leases of this process's runs.
        refusal: Why the store can only be read; empty where it can be written.
        unwritten: Ids of runs whose true state is known here, but could not be written.

    Raises:
        BadIndex: The file is no database, none of ours, damaged or of a newer version.
        StoreError: It cannot be opened.
    """

    refusal = ""

    def __init__(self, path: Path, when_new: Callable[[], Iterable[RunRecord]]) -> None:
        self.path = path
        self._when_new = when_new
        self._lock = threading.RLock()
        self._process = os.getpid()
        self.heartbeat = Heartbeat(self)
        self.unwritten: set[str] = set()
        self._open()

    def _open(self) -> None:
        self._opened: tuple[int, int] | None = None
        self._connection = self._connect()
        self._finalizer = weakref.finalize(
            self, _close, self._connection, self._process, self._lock
        )
        try:
            self._begin = self._harden()
            self._prepare()
        except BaseException:
            self._finalizer()
            raise
        self._opened = identity(self.path)

    def _connect(self) -> sqlite3.Connection:
        check_plain(self.path)
        try:
            # isolation_level=None: transactions begin and end only where we say so.
            connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error
        try:
            # SQLite opens a path. What it has opened is not written to before this.
            check_plain(self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _harden(self) -> Callable[[], None]:
        try:
            return schema.harden(self._connection)
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error

    def _prepare(self) -> None:
        # Looked at before anything is written, be it the mode of the journal.
        version = self._look()
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = FULL")
        if version < VERSION:
            with self.transaction():
                # Another process may have migrated while we waited for the lock, and in one
                # transaction no process sees a new index before its runs are in it.
                if migrate(self._connection) == 0:
                    for record in self._when_new():
                        self.put(record)

    def _look(self) -> int:
        """The database's version, if it is one of ours and whole."""
        # In one transaction: another process may be making it at this moment.
        self._execute("BEGIN")
        try:
            return check_shape(self._execute, self.path)
        finally:
            if self._connection.in_transaction:
                self._connection.rollback()

    def close(self) -> None:
        """Close the database. Closing twice is allowed."""
        self.heartbeat.close()
        with self._lock:
            self._opened = None
            self._finalizer()

    def check_writable(self) -> None:
        """Let what writes go on.

        Raises:
            StoreError: The store can only be read.
        """
        if self.refusal:
            raise StoreError(self.refusal)

    def refresh(self) -> None:
        """See what others wrote since; a database that is open does."""

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
        self._execute(_PUT, _values(record))

    def put_many(self, records: Iterable[RunRecord]) -> None:
        """Do the same for many, inside a transaction."""
        self._execute_many(_PUT, (_values(record) for record in records))

    def renew(self, tokens: Mapping[str, str], moment: float, uptime: float | None) -> None:
        """Note a sign of life for runs, by id, that run under the given token."""
        with self.transaction():
            self._execute_many(
                "UPDATE runs SET renewed = ?, uptime = ? "
                "WHERE run_id = ? AND token = ? AND state = 'running'",
                ((moment, uptime, run_id, token) for run_id, token in tokens.items()),
            )

    def read(self, run_id: str) -> RunRecord | None:
        """The run's row, if there is one."""
        rows = self._execute(f"{_SELECT} WHERE run_id = ?", [run_id])
        return record_of(rows[0], self.path) if rows else None

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
        kind: str | None = None,
        top: bool = False,
        apart: bool = False,
        limit: int | None = None,
    ) -> list[RunRecord]:
        """The rows whose columns equal the given values (None: any), newest first.

        With `top` those that belong to no other one; with `apart`, to no other one that is there.
        """
        where, values = _where(
            top,
            apart,
            recipe=recipe,
            state=state,
            parent=parent,
            fingerprint=fingerprint,
            kind=kind,
        )
        rows = self._execute(
            f"{_SELECT}{where} ORDER BY created DESC, rowid DESC LIMIT ?",
            [*values, -1 if limit is None else max(limit, 0)],
        )
        return [record_of(row, self.path) for row in rows]

    def count(self, *, apart: bool = False, **equal: str | None) -> int:
        """How many rows there are; arguments as for `select`."""
        where, values = _where(False, apart, **equal)
        return int(self._execute(f"SELECT COUNT(*) FROM runs{where}", values)[0][0])

    def with_fingerprints(self, fingerprints: Sequence[str], kind: str) -> list[RunRecord]:
        """The rows of a kind that have one of these fingerprints and belong to no other run."""
        found: list[RunRecord] = []
        for start in range(0, len(fingerprints), _AT_ONCE):
            some = fingerprints[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            rows = self._execute(
                f"{_SELECT} WHERE fingerprint IN ({marks}) AND kind = ? AND parent IS NULL "
                "ORDER BY rowid DESC",
                [*some, kind],
            )
            found += [record_of(row, self.path) for row in rows]
        return found

    def tokens(self, run_ids: Sequence[str]) -> dict[str, str]:
        """The tokens of those of the runs that there are, by id."""
        found: dict[str, str] = {}
        for start in range(0, len(run_ids), _AT_ONCE):
            some = run_ids[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            found.update(
                self._execute(f"SELECT run_id, token FROM runs WHERE run_id IN ({marks})", some)
            )
        return found

    def existing(self, run_ids: Sequence[str]) -> list[str]:
        """Those of the ids that have a row."""
        return list(self.tokens(run_ids))

    def ids(self, prefix: str = "") -> list[str]:
        """The ids that begin with ``prefix``, newest first."""
        # substr and not LIKE: LIKE gives % and _ a meaning and ignores case.
        rows = self._execute(
            "SELECT run_id FROM runs WHERE substr(run_id, 1, ?) = ? "
            "ORDER BY created DESC, rowid DESC",
            [len(prefix), prefix],
        )
        if not all(type(row[0]) is str and row[0].isprintable() for row in rows):
            raise bad_index(self.path, "a run's id in it is no text that can be printed")
        return [row[0] for row in rows]

    def _reopen_where_moved(self) -> None:
        """Go on with the file that stands there now, where the index was replaced or deleted.

        What is written to a file that no one else sees would be lost, and two processes could own
        one run.
        """
        if self._opened is None or self._connection.in_transaction:
            return
        if identity(self.path) != self._opened:
            self._finalizer()
            self._open()

    def _execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement for each of the rows. The caller holds a transaction, so none waits."""
        with self._lock:
            assert self._connection.in_transaction
            try:
                for row in rows:
                    self._begin()
                    self._connection.execute(sql, row)
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
            self._reopen_where_moved()
            while True:
                self._begin()
                try:
                    return self._connection.execute(sql, parameters).fetchall()
                except sqlite3.Error as error:
                    # SQLite's own timeout does not cover all: switching to WAL and recovering
                    # after a kill answer "busy" at once.
                    if not is_busy(error) or time.monotonic() > deadline:
                        raise from_sqlite(error, self.path) from error
                time.sleep(pause)
                pause = min(2 * pause, 0.5)


def _where(top: bool, apart: bool, **equal: str | None) -> tuple[str, list[str]]:
    """The condition of a query, and its values."""
    given = {name: value for name, value in equal.items() if value is not None}
    conditions = [f"{name} = ?" for name in given] + ["parent IS NULL"] * top
    if apart:
        own = "SELECT 1 FROM runs AS own WHERE own.run_id = runs.parent"
        conditions.append(f"(parent IS NULL OR NOT EXISTS ({own}))")
    where = " AND ".join(conditions)
    return f"{' WHERE ' if where else ''}{where}", list(given.values())


_values = attrgetter(*COLUMNS)


def record_of(row: tuple[Any, ...], path: Path) -> RunRecord:
    """The record in a row of the columns.

    Raises:
        BadIndex: A value is of a wrong type, too long, not finite or cannot be printed.
    """
    data = dict(zip(COLUMNS, row, strict=True))
    if why := wrong_field(data):
        raise bad_index(path, f"in its row of the run {data['run_id']!r:.100}, {why}")
    return RunRecord(**data)


def check_shape(query: schema.Query, path: Path) -> int:
    """The version of a database, if it is one of ours and whole.

    Raises:
        BadIndex: It is not.
    """
    version = int(query("PRAGMA user_version")[0][0])
    if version > VERSION:
        raise BadIndex(
            f"The store's index {path} has version {version}; this echospan reads up to "
            f"version {VERSION}. Upgrade echospan, or choose another folder with --store or "
            "ECHOSPAN_STORE. If no newer echospan made it, run `echospan runs rebuild`."
        )
    if version < 0:
        raise bad_index(path, f"its version is {version}")
    if why := schema.unlike(query, version):
        raise bad_index(path, why)
    pages, size = (query(f"PRAGMA {name}")[0][0] for name in ("page_count", "page_size"))
    if pages * size <= schema.CHECKED_SIZE:
        found = query("PRAGMA quick_check(1)")[0][0]
        if found != "ok":
            raise bad_index(path, f"it is damaged ({' '.join(str(found).split())[:200]})")
    return version


def identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path; None where there is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def check_plain(path: Path) -> None:
    """Refuse an index that is a link, a device, a folder or huge; also the files beside it.

    Raises:
        BadIndex: One of them is.
    """
    for each in (path, *(path.with_name(path.name + ending) for ending in BESIDE)):
        try:
            status = os.lstat(each)
        except OSError:
            continue  # Missing, or for SQLite to tell.
        kind = kind_of(status)
        if kind != "file":
            raise bad_index(each, LINK if kind == "link" else NOT_A_FILE)
        if status.st_size > schema.SIZE_LIMIT:
            raise bad_index(
                each, f"it holds {status.st_size} bytes, and at most {schema.SIZE_LIMIT} are read"
            )


def _close(connection: sqlite3.Connection, process: int, lock: threading.RLock) -> None:
    # Closing in a forked child would drop the parent's file locks.
    if os.getpid() != process:
        return
    # The thread that renews leases may be at work; at the end of the process it is not waited for.
    if lock.acquire(timeout=1.0):
        try:
            connection.close()
        finally:
            lock.release()
