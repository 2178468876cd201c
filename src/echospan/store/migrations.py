"""The index's schema, as numbered steps. Step n brings a database from version n - 1 to n.

The version lies in ``PRAGMA user_version``. A step that was released is never changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable


def _version_1(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE runs (
            run_id TEXT PRIMARY KEY,
            recipe TEXT NOT NULL,
            state TEXT NOT NULL,
            seed INTEGER NOT NULL,
            accuracy REAL,
            created TEXT NOT NULL,
            finished TEXT,
            seconds REAL,
            fingerprint TEXT NOT NULL,
            host TEXT NOT NULL,
            pid INTEGER NOT NULL,
            started TEXT NOT NULL,
            since REAL NOT NULL
        )
        """
    )
    connection.execute("CREATE INDEX runs_by_created ON runs (created)")
    connection.execute("CREATE INDEX runs_by_state ON runs (state)")


def _version_2(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE runs ADD COLUMN label TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE runs ADD COLUMN parent TEXT")
    connection.execute("CREATE INDEX runs_by_parent ON runs (parent)")
    connection.execute("CREATE INDEX runs_by_recipe ON runs (recipe, created)")


def _version_3(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE runs ADD COLUMN machine TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE runs ADD COLUMN token TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE runs ADD COLUMN renewed REAL")
    connection.execute("ALTER TABLE runs ADD COLUMN uptime REAL")


def _version_4(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'run'")
    connection.execute("ALTER TABLE runs ADD COLUMN outcome TEXT NOT NULL DEFAULT ''")
    connection.execute("CREATE INDEX runs_by_kind ON runs (kind, created)")


def _version_5(connection: sqlite3.Connection) -> None:
    # A sweep of thousands looks each of its units up.
    connection.execute("CREATE INDEX runs_by_fingerprint ON runs (fingerprint)")


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _version_1,
    _version_2,
    _version_3,
    _version_4,
    _version_5,
)
VERSION = len(STEPS)


def schema_version(connection: sqlite3.Connection) -> int:
    """The version of the schema in the database; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> int:
    """Bring the schema to the current version. The caller holds a transaction.

    Returns:
        The version it had before.
    """
    before = schema_version(connection)
    for number, step in enumerate(STEPS[before:], start=before + 1):
        step(connection)
        # A PRAGMA takes no parameters; the number is ours.
        connection.execute(f"PRAGMA user_version = {number}")
    return before
