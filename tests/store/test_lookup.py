from __future__ import annotations

import pytest

from echospan.errors import ConfigError, RunNotFound
from echospan.store import Store

from .helpers import begin, row


@pytest.fixture
def filled(store: Store) -> Store:
    for record in (
        row(1, run_id="window-20261123-101500-3f2a"),
        row(2, run_id="window-20261123-101501-77b0", state="interrupted"),
        row(3, run_id="echo-20261123-101502-0c0c", recipe="echo"),
        row(4, run_id="echo-20261123-101503-0d0d", recipe="echo", state="failed"),
    ):
        (store.path / "runs" / record.run_id).mkdir()
        store._index.put(record)
    return store


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("window-20261123-101500-3f2a", "window-20261123-101500-3f2a"),
        ("window-20261123-101501", "window-20261123-101501-77b0"),
        ("echo-20261123-101502-0", "echo-20261123-101502-0c0c"),
        ("latest", "echo-20261123-101503-0d0d"),
        ("latest:window", "window-20261123-101501-77b0"),
    ],
)
def test_what_names_a_run(filled: Store, text: str, found: str) -> None:
    assert filled.get(text).id == found


def test_an_exact_id_wins_over_longer_ones(filled: Store) -> None:
    for run_id in ("echo-1", "echo-12"):
        filled._index.put(row(9, run_id=run_id))
        (filled.path / "runs" / run_id).mkdir()
    assert filled.get("echo-1").id == "echo-1"


def test_the_latest_in_a_state(filled: Store) -> None:
    assert filled.get("latest", state="finished").id == "echo-20261123-101502-0c0c"
    assert filled.get("latest:window", state="finished").id == "window-20261123-101500-3f2a"
    with pytest.raises(RunNotFound, match="no running run of the recipe 'echo'"):
        filled.get("latest:echo", state="running")
    with pytest.raises(ConfigError, match=r"state must be one of running, .* got 'done'"):
        filled.get("latest", state="done")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("window", "fits 2 runs: window-20261123-101501-77b0, window-20261123-101500-3f2a. Type"),
        ("window-20261123-101500-3f2b", "nearest are: window-20261123-101500-3f2a"),
        ("widnow", "nearest are: window-"),
        ("zzz", "nearest are: echo-20261123-101503-0d0d"),
        ("latest:stream", "no run of the recipe 'stream'. There are runs of: echo, window"),
        ("../../etc/passwd", "No run has the id"),
        ("/etc", "No run has the id"),
        ("", "No run has the id ''"),
        ("window%", "No run has the id"),
    ],
)
def test_what_names_none_gets_the_nearest(filled: Store, text: str, message: str) -> None:
    with pytest.raises(RunNotFound, match=message.replace(".", r"\.")):
        filled.get(text)


def test_an_empty_store_says_so(store: Store) -> None:
    with pytest.raises(RunNotFound, match="The store is empty"):
        store.get("window")
    with pytest.raises(RunNotFound, match=r"holds no run. Start one first"):
        store.get("latest")


def test_many_matches_are_counted(store: Store) -> None:
    for _ in range(5):
        begin(store)
    with pytest.raises(RunNotFound, match=r"fits 5 runs: .* and 2 more"):
        store.get("window")
