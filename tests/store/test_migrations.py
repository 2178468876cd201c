"""The oldest schema, as SQL text of its own: it stays as it is when the code moves on."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from echospan.errors import StoreError
from echospan.store import Store
from echospan.store.migrations import STEPS, VERSION, migrate, schema_version

OLDEST = """
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
);
CREATE INDEX runs_by_created ON runs (created);
CREATE INDEX runs_by_state ON runs (state);
INSERT INTO runs VALUES (
    'echo-20261101-080000-00aa', 'echo', 'finished', 0, 0.995, '2026-11-01T08:00:00.000000Z',
    '2026-11-01T08:00:09.000000Z', 9.0, 'abc', 'old-machine', 17, '', 1793520000.0
);
INSERT INTO runs VALUES (
    'window-20261102-080000-00bb', 'window', 'failed', 1, NULL, '2026-11-02T08:00:00.000000Z',
    '2026-11-02T08:00:01.000000Z', 1.0, 'def', 'old-machine', 18, '', 1793606400.0
);
PRAGMA user_version = 1;
"""
OLDEST_RECORD = {
    "format": 1,
    "run_id": "echo-20261101-080000-00aa",
    "recipe": "echo",
    "state": "finished",
    "seed": 0,
    "accuracy": 0.995,
    "created": "2026-11-01T08:00:00.000000Z",
    "finished": "2026-11-01T08:00:09.000000Z",
    "seconds": 9.0,
    "fingerprint": "abc",
    "host": "old-machine",
    "pid": 17,
    "started": "",
    "since": 1793520000.0,
}


@pytest.fixture
def oldest(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    run = folder / "runs" / "echo-20261101-080000-00aa"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps(OLDEST_RECORD))
    (run / "config.json").write_text('{"seed": 0}')
    with closing(sqlite3.connect(folder / "index.sqlite")) as connection:
        connection.executescript(OLDEST)
    return folder


def schema(connection: sqlite3.Connection) -> object:
    tables = connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
    return tables, connection.execute("PRAGMA table_info(runs)").fetchall()


def test_the_oldest_store_opens_with_all_its_runs(oldest: Path) -> None:
    with Store(oldest) as store:
        found = store.list()
        assert [(item.run_id, item.accuracy, item.label, item.parent) for item in found] == [
            ("window-20261102-080000-00bb", None, "", None),
            ("echo-20261101-080000-00aa", 0.995, "", None),
        ]
        assert store.get("echo").config == {"seed": 0}
        made = store.create(
            recipe="echo",
            config={},
            fingerprint="",
            seed=1,
            label="new",
            parent="echo-20261101-080000-00aa",
        )
        assert store.list(parent="echo-20261101-080000-00aa")[0].run_id == made.id
    with Store(oldest) as again:
        assert again.get(made.id).summary.label == "new"


def test_the_oldest_folder_is_read_when_the_index_is_rebuilt(oldest: Path) -> None:
    (oldest / "index.sqlite").unlink()
    with Store(oldest) as store:
        assert [item.run_id for item in store.list()] == ["echo-20261101-080000-00aa"]


def test_the_oldest_schema_ends_up_like_a_new_one() -> None:
    with closing(sqlite3.connect(":memory:")) as old, closing(sqlite3.connect(":memory:")) as new:
        old.executescript(OLDEST)
        assert migrate(old) == 1
        assert migrate(new) == 0
        assert schema(old) == schema(new)
        assert schema_version(old) == schema_version(new) == VERSION


@pytest.mark.parametrize("version", range(VERSION + 1))
def test_every_version_migrates(version: int) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for number, step in enumerate(STEPS[:version], start=1):
            step(connection)
            connection.execute(f"PRAGMA user_version = {number}")
        assert migrate(connection) == version
        assert schema_version(connection) == VERSION
        assert migrate(connection) == VERSION


def test_a_migration_that_fails_changes_nothing(
    oldest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE runs ADD COLUMN half TEXT")
        raise sqlite3.OperationalError("broken on purpose")

    monkeypatch.setattr("echospan.store.migrations.STEPS", (STEPS[0], broken))
    with pytest.raises(StoreError, match="broken on purpose"):
        Store(oldest)
    with closing(sqlite3.connect(oldest / "index.sqlite")) as connection:
        assert schema_version(connection) == 1
        assert "half" not in str(schema(connection))
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (2,)


def test_a_newer_store_is_refused(oldest: Path) -> None:
    with closing(sqlite3.connect(oldest / "index.sqlite")) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match=f"reads up to version {VERSION}. Upgrade echospan"):
        Store(oldest)
