"""Whether a database has the shape that the migrations make, before anything of it is used.

An index may come from anywhere. A view that calls itself under the name ``runs`` would keep a query
busy for ever, and a trigger would change rows that were never asked for.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from functools import cache
from typing import Any

from echospan.store import migrations

STEPS_LIMIT = 200_000_000
"""Steps of SQLite's machine that one statement may take: listing a million runs needs a quarter."""

SIZE_LIMIT = 1 << 30
"""Bytes of an index: more than a million runs need."""

CHECKED_SIZE = 8 << 20
"""Up to so many bytes a database is looked through whole when it is opened: some milliseconds."""

_VALUE_LIMIT = 1 << 20
_EVERY = 100_000
_OTHERS = re.compile(r"sqlite_stat\d")
_SHAPE = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type DESC, name LIMIT 100"


def harden(connection: sqlite3.Connection) -> Callable[[], None]:
    """Let a connection do no more than the store needs, whatever database it has opened.

    Returns:
        To be called before each statement: it may take `STEPS_LIMIT` steps from then on.
    """
    left = [0]

    def begin() -> None:
        left[0] = STEPS_LIMIT // _EVERY

    def one_more() -> bool:
        left[0] -= 1
        return left[0] < 0

    begin()
    connection.set_progress_handler(one_more, _EVERY)
    for category, limit in (
        (sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_LIMIT),
        (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 0),
        (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
    ):
        connection.setlimit(category, limit)
    # A planted database must not call functions from its own views and triggers.
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return begin


Query = Callable[[str], list[tuple[Any, ...]]]
"""Runs a statement and gives its rows."""


def unlike(query: Query, version: int) -> str:
    """How the schema differs from that of a version of ours; empty where it does not.

    Args:
        query: Asks the database.
        version: Its version, 0 to the newest.
    """
    wanted = _shape_of(version)
    found = _shape(query)
    for name, (kind, about) in found.items():
        if name not in wanted:
            return f"it holds the {kind} {name!r:.60}, which is not echospan's"
        if (kind, about) != wanted[name]:
            return f"its {kind} {name!r:.60} is not as echospan makes it"
    if missing := [name for name in wanted if name not in found]:
        return f"it lacks {missing[0]!r}"
    return ""


def _shape(query: Query) -> dict[str, tuple[str, str]]:
    """Name to kind and definition. How it is laid out in lines does not count."""
    return {
        str(name): (str(kind), f"{table} {''.join(str(sql).split())}".lower())
        for kind, name, table, sql in query(_SHAPE)
        # What `ANALYZE` writes.
        if not _OTHERS.fullmatch(str(name))
    }


@cache
def _shape_of(version: int) -> dict[str, tuple[str, str]]:
    connection = sqlite3.connect(":memory:")
    try:
        for step in migrations.STEPS[:version]:
            step(connection)
        return _shape(lambda sql: connection.execute(sql).fetchall())
    finally:
        connection.close()
