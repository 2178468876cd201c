"""The options of `serve`; what it serves is in tests/server."""

from __future__ import annotations

import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("httptools")

# The suite that has the extra runs slow tests alone.
pytestmark = pytest.mark.slow


def test_bad_options_are_refused_before_anything_is_loaded(on_trained):
    for option, value, named in (
        ("--max-body", "0", "--max-body"), ("--max-sessions", "-1", "--max-sessions"),
        ("--idle", "nan", "--idle"), ("--rate", "inf", "--rate"), ("--port", "70000", "--port"),
        ("--port", "-1", "--port"), ("--host", "0.0.0.0", "ECHOSPAN_TOKEN"),
        ("--token", "with space", "--token"),
    ):  # fmt: skip
        assert named in on_trained.refused("serve", "latest:stream", option, value), option


def test_a_short_token_is_not_shown(on_trained):
    said = on_trained.refused("serve", "latest", "--host", "0.0.0.0", "--token", "hunter2")
    assert "16 characters" in said
    assert "hunter2" not in said


def test_runs_that_cannot_be_served(on_trained, monkeypatch):
    on_trained.refused("serve", "no-such-run")
    on_trained.refused("serve", "latest:stream", "no-such-run")
    monkeypatch.setenv("ECHOSPAN_TOKEN", "x" * 20)
    assert "--host" in on_trained.refused("serve", "latest:stream", "--host", "192.0.2.1")


def test_a_store_of_another_version(shell, folder):
    import sqlite3

    from echospan.store import Store

    with Store(folder):
        pass
    with sqlite3.connect(folder / "index.sqlite") as index:
        index.execute("PRAGMA user_version = 999")
    assert "version" in shell.refused("serve", "latest")
