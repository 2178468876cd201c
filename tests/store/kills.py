"""What a store looks like at every moment at which its process may be killed.

A kill leaves on disk what the system was told so far. So an operation is run once, and before each
step that changes something on disk, be it by a file or by SQL, the whole folder is copied. Each
copy is what a kill at that moment leaves. The steps are found by listening, not from a list.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from echospan.store import Store, recovery, run, store
from echospan.store.lease import is_alive
from echospan.store.liveness import Owner, this_process

CHANGING = ("mkdir", "replace", "rename", "unlink", "rmdir", "fsync", "link", "symlink", "truncate")


@dataclass(frozen=True)
class Point:
    """The disk before a step.

    Attributes:
        step: What was about to happen.
        path: A copy of the folder.
    """

    step: str
    path: Path


@contextmanager
def killed_at_each_step(
    watched: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Point]]:
    """The points of what is done in the block, by a process that is dead afterwards."""
    points: list[Point] = []
    busy = [False]
    into.mkdir()

    def note(step: str) -> None:
        if busy[0]:
            return
        busy[0] = True
        try:
            copy = into / f"{len(points):03d}" / watched.name
            if watched.exists():
                shutil.copytree(watched, copy, symlinks=True)
            else:
                copy.parent.mkdir()
            points.append(Point(step, copy))
        finally:
            busy[0] = False

    def heard(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if name != "open" or given[1] & os.O_CREAT:
                note(f"{name} {given[0]}")
            return real(*given, **named)

        return call

    class Heard(sqlite3.Connection):
        def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
            if not sql.startswith("SELECT"):
                note(f"sql {sql.split('(')[0].strip()[:60]}")
            return super().execute(sql, *given)

    real_connect = sqlite3.connect

    def connect(*given: Any, **named: Any) -> sqlite3.Connection:
        note("connect")
        return real_connect(*given, **{**named, "factory": Heard})

    dead = dead_process()
    with monkeypatch.context() as patch:
        for name in (*CHANGING, "open"):
            patch.setattr(os, name, heard(name, getattr(os, name)))
        patch.setattr(sqlite3, "connect", connect)
        for module in (store, run, recovery):
            patch.setattr(module, "this_process", lambda: dead)
        # Until then it lives.
        for module in (store, recovery):
            patch.setattr(
                module, "is_alive", lambda record: record.owner == dead or is_alive(record)
            )
        yield points
        note("the end")


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder in memory where the system has one: a thousand copies are not worth a disk."""
    shared = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as path:
        yield Path(os.path.realpath(path))


def dead_process() -> Owner:
    """One that had this process's id before."""
    here = this_process()
    return Owner(**{**vars(here), "started": "an-earlier-boot:2"})


def tree(folder: Path) -> dict[str, bytes]:
    """All that is in a folder but the index's bytes, which change with every opening."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
        if not path.name.startswith("index.sqlite")
    }


def check(
    path: Path,
    kept: dict[str, Any],
    *,
    studied: tuple[str, ...] = (),
    resume: Callable[[Store, str], object] | None = None,
) -> None:
    """Check that a store at rest is whole.

    Args:
        path: Its folder.
        kept: Results of finished runs that must be there, by id.
        studied: Recipes whose runs need their study to be gone on with.
        resume: Goes on with a run and ends it; left out, `Run.resume` and `Run.finish` do.
    """
    with Store(path) as opened:
        first = opened.list()
    before = tree(path)
    with Store(path) as opened:
        assert opened.list() == first
    assert tree(path) == before, "a second opening changes something"
    folders = {entry.name for entry in (path / "runs").iterdir()}
    assert folders == {item.run_id for item in first}, "a folder that no list shows, or none"
    assert list((path / ".trash").iterdir()) == []
    staged = [sub for sub in (path / ".staging").iterdir() if (sub / "run.json").exists()]
    assert staged == []
    with Store(path) as opened:
        for item in first:
            assert item.state != "running"
            found = opened.get(item.run_id)
            assert isinstance(found.config, dict)
            assert all(found.load_part(name)[1] for name in found.parts()), (
                "a part that is not whole"
            )
            if item.recipe in studied:
                assert found.load_json("study"), "a run that cannot be gone on with"
            if item.state == "finished":
                assert found.load_result()
        for run_id, result in kept.items():
            assert opened.get(run_id).load_result() == result
            assert opened.get(run_id).state == "finished"
        for item in first:
            if item.state != "finished" and opened.get(item.run_id).state != "finished":
                if resume is not None:
                    resume(opened, item.run_id)
                else:
                    again = opened.get(item.run_id)
                    again.resume()
                    again.finish({"accuracy": 0.5})
                assert not [name for name in again_files(opened, item.run_id) if ".tmp" in name]
        assert {item.state for item in opened.list()} <= {"finished"}
        for item in opened.list():
            opened.remove(item.run_id)
        assert opened.list() == []
    assert list((path / "runs").iterdir()) == []


def again_files(opened: Store, run_id: str) -> dict[str, int]:
    """The files of a run, read anew."""
    return opened.get(run_id).files()
