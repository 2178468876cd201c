"""The index of a store that can only be read: its rows in memory, put right there and nowhere else.

SQLite needs to write beside a database in WAL mode even to read it. Where that is refused, a copy
of the database is read.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from echospan.errors import StoreError
from echospan.store import schema
from echospan.store.files import open_regular
from echospan.store.index import Index, check_plain, check_shape, record_of
from echospan.store.migrations import VERSION, migrate
from echospan.store.names import INDEX
from echospan.store.problems import ELSEWHERE, MissingFile, from_sqlite
from echospan.store.record import COLUMNS, RunRecord

_COPIED = ("", "-wal")


def refusal(root: Path, why: str) -> str:
    """What is said where something would be written."""
    return (
        f"The store {root} can only be read here: {why}. To store, remove or resume runs, change "
        f"that, or {ELSEWHERE}."
    )


class Snapshot(Index):
    """An index whose rows were read from the file, or from the folders where there is none.

    Args:
        path: The database file.
        unlisted: Gives the records of the run folders that are not among the given ids.
        why: Why the store can only be read.

    Raises:
        StoreError: It cannot even be read.
    """

    def __init__(
        self, path: Path, unlisted: Callable[[set[str]], Iterable[RunRecord]], why: str
    ) -> None:
        self.refusal = refusal(path.parent, why)
        self._unlisted = unlisted
        super().__init__(path, when_new=list)

    def refresh(self) -> None:
        """Read the file anew, and what the folders have beyond it."""
        rows = read_rows(self.path)
        with self.transaction():
            self._execute("DELETE FROM runs")
            for record in (*rows, *self._unlisted({row.run_id for row in rows})):
                self.put(record)

    def _connect(self) -> sqlite3.Connection:
        check_plain(self.path)
        return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    def _prepare(self) -> None:
        with self.transaction():
            migrate(self._connection)
        self.refresh()

    def _reopen_where_moved(self) -> None:
        """No file is open."""


def read_rows(path: Path) -> list[RunRecord]:
    """The rows of an index, oldest first.

    Raises:
        BadIndex: It is none of ours, or damaged.
        StoreError: It cannot be read.
    """
    if not os.path.lexists(path):
        return []
    check_plain(path)
    try:
        return _rows(f"file:{quote(str(path))}?mode=ro", path, migrating=False)
    except _Unreadable:
        pass
    with tempfile.TemporaryDirectory(prefix="echospan-") as folder:
        # The file and its log, as they are now. A torn copy is found out by its check.
        for ending in _COPIED:
            _copy(path.with_name(path.name + ending), Path(folder) / f"{INDEX}{ending}")
        copy = quote(str(Path(folder) / INDEX))
        return _rows(f"file:{copy}?mode=rw", path, migrating=True)


class _Unreadable(Exception):
    """The file cannot be read where it lies."""


def _rows(uri: str, path: Path, *, migrating: bool) -> list[RunRecord]:
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            begin = schema.harden(connection)

            def query(sql: str) -> list[tuple[object, ...]]:
                begin()
                return connection.execute(sql).fetchall()

            query("BEGIN")
            version = check_shape(query, path)
            if version == 0:
                return []
            if version < VERSION:
                if not migrating:
                    raise _Unreadable
                migrate(connection)
            rows = query(f"SELECT {', '.join(COLUMNS)} FROM runs ORDER BY rowid")
            return [record_of(row, path) for row in rows]
    except sqlite3.Error as error:
        problem = from_sqlite(error, path)
        if not migrating and type(problem) is StoreError:
            raise _Unreadable from error
        raise problem from error


def _copy(source: Path, target: Path) -> None:
    try:
        with open_regular(source) as file, open(target, "wb") as copy:
            shutil.copyfileobj(file, copy)
    except MissingFile:
        pass
