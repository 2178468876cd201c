"""A kill before every step on disk of every operation: the store is whole at the next opening."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echospan.report.files import write_whole
from echospan.store import Store
from echospan.store.migrations import STEPS

from .helpers import begin, orphan
from .kills import Point, check, in_memory, killed_at_each_step
from .test_migrations import OLDEST


# In place of pytest's, which lies on a disk.
@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as path:
        yield path


Counted = Callable[[int, int], None]

STUDY = {"recipe": None, "settings": {}}
RESULT = {"accuracy": 0.75}


def prepared(path: Path) -> dict[str, Any]:
    """A store with a finished run, an interrupted one with its checkpoint, and a variant."""
    with Store(path) as store:
        done = begin(store, "echo")
        done.save_weights({"a": np.ones(3)})
        done.finish(RESULT)
        begin(store, "echo/variant", parent=done.id).finish(RESULT)
        left = begin(store, "left")
        left.save_checkpoint({"a": np.ones(3)}, {"k": 1})
        left.interrupt()
        sheet = begin(store, "span-left", kind="span")
        sheet.save_part("one", {"a": np.ones(3)}, {"k": 1})
        sheet.interrupt()
    return {done.id: RESULT}


def make(store: Store) -> None:
    begin(store, "new", json={"study": STUDY})


def whole_course(store: Store) -> None:
    run = begin(store, "new", json={"study": STUDY})
    run.save_environment({"a": 1})
    run.save_checkpoint({"a": np.zeros(3)}, {"k": 1})
    run.save_checkpoint({"a": np.ones(3)}, {"k": 2})
    run.save_artifact("hidden", {"a": np.ones(3)})
    run.save_json("signature", {"a": 1})
    run.save_history({"epoch": np.ones(3)})
    run.save_weights({"a": np.ones(3)})
    run.finish({"accuracy": 1.0})


def a_sheet(store: Store) -> None:
    """As `spans.keeping` keeps one: parts as they come, the result so far, the end."""
    sheet = begin(store, "span-new", kind="span")
    sheet.save_environment({"a": 1})
    sheet.save_part("one", {"a": np.zeros(3)}, {"k": 1})
    sheet.save_part("two", {"a": np.ones(3)}, {"k": math.inf})
    sheet.save_result({"span": 1})
    sheet.interrupt("span 1")
    sheet.resume()
    sheet.save_part("three", {"a": np.ones(3)}, {"k": 3})
    sheet.finish({"span": 2}, "span 2")


def resume_a_sheet(store: Store) -> None:
    sheet = store.get("latest:span-left")
    sheet.resume()
    sheet.save_part("two", {"a": np.ones(3)}, {"k": 2})
    sheet.interrupt("span 2")


def fail(store: Store) -> None:
    run = begin(store, "failing")
    run.fail(ValueError("x"))


def resume(store: Store) -> None:
    run = store.get("latest:left")
    run.resume()
    run.save_checkpoint({"a": np.zeros(3)}, {"k": 2})
    run.interrupt()


def remove(store: Store) -> None:
    store.remove(store.get("latest:left").id)


def remove_with_variants(store: Store) -> None:
    store.remove(store.get("latest:echo").id, variants=True)


def rebuild(store: Store) -> None:
    store.rebuild_index()


def settle(store: Store) -> None:
    run = begin(store, "dead")
    orphan(store, run)
    store.list()


OPERATIONS: dict[str, Callable[[Store], None]] = {
    operation.__name__: operation
    for operation in (
        make,
        whole_course,
        a_sheet,
        resume_a_sheet,
        fail,
        resume,
        remove,
        remove_with_variants,
        rebuild,
        settle,
    )
}


def failures(points: list[Point], kept: dict[str, Any]) -> list[str]:
    bad = []
    for number, point in enumerate(points):
        try:
            check(point.path, kept, studied=("new",))
        except Exception as error:
            bad.append(f"{number} before {point.step}: {type(error).__name__}: {error}"[:300])
    return bad


def count(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """Points of an operation, and what is wrong at those at which something is."""
    path = tmp_path / "store"
    kept = prepared(path)
    if name == "remove_with_variants":
        kept = {}
    copies = tmp_path / "copies"
    with killed_at_each_step(path, copies, monkeypatch) as points, Store(path) as store:
        OPERATIONS[name](store)
    return len(points), failures(points, kept)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "make"])
def test_a_kill_at_any_step(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: Counted
) -> None:
    number, bad = count(name, tmp_path, monkeypatch)
    counted(number, len(bad))
    assert number > 5
    assert bad == []


def test_a_kill_at_any_step_of_a_new_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: Counted
) -> None:
    number, bad = count("make", tmp_path, monkeypatch)
    counted(number, len(bad))
    assert number > 20
    assert bad == []


@pytest.mark.slow
@pytest.mark.parametrize("version", range(len(STEPS)))
def test_a_kill_while_the_index_is_made_or_migrated(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: Counted
) -> None:
    path = tmp_path / "store"
    kept = prepared(path)
    (path / "index.sqlite").unlink()
    if version:
        with closing(sqlite3.connect(path / "index.sqlite")) as connection:
            connection.executescript(OLDEST.partition("INSERT")[0])
            for step in STEPS[1:version]:
                step(connection)
            connection.execute(f"PRAGMA user_version = {version}")
    with killed_at_each_step(path, tmp_path / "copies", monkeypatch) as points:
        Store(path).close()
    assert len(points) > 5
    bad = failures(points, kept)
    counted(len(points), len(bad))
    assert bad == []


@pytest.mark.slow
def test_a_kill_while_a_store_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: Counted
) -> None:
    with killed_at_each_step(tmp_path / "new", tmp_path / "copies", monkeypatch) as points:
        Store(tmp_path / "new").close()
    bad = failures(points, {})
    counted(len(points), len(bad))
    assert bad == []


@pytest.mark.slow
def test_a_kill_while_something_is_written_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: Counted
) -> None:
    """The old or the new file is there, whole, and a second try leaves nothing beside it."""
    path, out = tmp_path / "store", tmp_path / "out"
    run_id = next(iter(prepared(path)))
    out.mkdir()
    with Store(path) as store:
        old = store.export(run_id, out).read_bytes()
        (out / "page.html").write_bytes(b"old")
        with killed_at_each_step(out, tmp_path / "copies", monkeypatch) as points:
            store.export(run_id, out, overwrite=True)
            write_whole(out / "page.html", b"new")
    bad = [
        point.step
        for point in points
        if (point.path / f"{run_id}.zip").read_bytes() != old
        or (point.path / "page.html").read_bytes() not in (b"old", b"new")
    ]
    counted(len(points), len(bad))
    assert bad == []
