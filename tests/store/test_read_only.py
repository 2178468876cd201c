"""A store that can only be read: listed, shown, exported; what writes refuses in one line."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echospan.errors import StoreError
from echospan.store import Store

from .helpers import begin, orphan
from .kills import in_memory, tree
from .test_migrations import OLDEST

NOBODY = 65534
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become another user"
)

# All is imported before the process becomes another user, who may not read where Python lies.
READING = """
import json, os, sys, tempfile, warnings
import numpy
from echospan.errors import StoreError
from echospan.store import Store

with tempfile.TemporaryDirectory() as scratch, Store(os.path.join(scratch, "runs")) as store:
    run = store.create(recipe="a", config={}, fingerprint="", seed=0)
    run.save_weights({"a": numpy.ones(2)})
    run.finish({})
    run.load_weights()
    store.export(run.id, scratch)
    store.list()
os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
said = {}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with Store(sys.argv[1]) as store:
        said["runs"] = [(item.recipe, item.state, item.accuracy) for item in store.list()]
        assert len(store.list()) == len(said["runs"])
        done = store.get("latest:done")
        said["result"] = done.load_result()
        said["weights"] = done.load_weights()["a"].tolist()
        with tempfile.TemporaryDirectory() as own:
            said["exported"] = store.export(done.id, own).stat().st_size > 100
        said["refused"] = []
        for write in (
            lambda: store.create(recipe="new", config={}, fingerprint="", seed=0),
            lambda: store.remove(done.id),
            lambda: store.remove(done.id, force=True),
            lambda: store.get("latest:left").resume(),
            lambda: store.get("latest:left").resume(force=True),
            lambda: done.save_json("a", 1),
            lambda: done.save_weights({}),
            lambda: store.get("latest:left").interrupt(),
            lambda: store.rebuild_index(),
        ):
            try:
                write()
            except StoreError as error:
                said["refused"].append(str(error))
said["warned"] = [str(each.message) for each in caught]
print(json.dumps(said))
"""


@pytest.fixture
def path() -> Iterator[Path]:
    """A store with a finished, an interrupted and a dead run, at rest, that others may read."""
    with in_memory() as folder:
        folder.chmod(0o755)
        with Store(folder / "runs") as store:
            done = begin(store, "done")
            done.save_weights({"a": np.ones(2)})
            done.finish({"accuracy": 0.5})
            begin(store, "left").interrupt()
            orphan(store, begin(store, "dead"))
        yield folder / "runs"


def read(path: Path, user: int = NOBODY) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", READING, str(path), str(user)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


EVERY = [["dead", "interrupted", None], ["left", "interrupted", None], ["done", "finished", 0.5]]


def check(said: dict[str, Any]) -> None:
    assert said["runs"] == EVERY
    assert said["result"] == {"accuracy": 0.5}
    assert said["weights"] == [1.0, 1.0]
    assert said["exported"]
    assert len(said["refused"]) == 9
    for line in said["refused"]:
        assert "can only be read here: there is no permission to write to" in line
        assert "\n" not in line
    (warned,) = said["warned"]
    assert "Runs whose process has died are shown as interrupted" in warned


@needs_root
def test_another_users_store(path: Path) -> None:
    before = tree(path)
    check(read(path))
    assert tree(path) == before


def leave_a_log(path: Path) -> None:
    """As after a kill: the last commits are in the log alone."""
    with in_memory() as aside:
        with Store(path) as store:
            begin(store, "more").finish({})
            for each in path.glob("index.sqlite*"):
                shutil.copy(each, aside)
        for each in aside.iterdir():
            shutil.copy(each, path)


def no_index(path: Path) -> None:
    for each in path.glob("index.sqlite*"):
        each.unlink()


def unlisted(path: Path) -> None:
    with Store(path) as store:
        store._index.delete(folder_of(path, "left"))


def oldest(path: Path) -> None:
    no_index(path)
    with closing(sqlite3.connect(path / "index.sqlite")) as connection:
        connection.executescript(OLDEST.partition("INSERT")[0])
        connection.execute("PRAGMA user_version = 1")


def rollback_mode(path: Path) -> None:
    with closing(sqlite3.connect(path / "index.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


@needs_root
@pytest.mark.slow
@pytest.mark.parametrize("change", [no_index, unlisted, oldest, rollback_mode])
def test_another_users_store_in_any_condition(path: Path, change: Any) -> None:
    change(path)
    before = tree(path)
    said = read(path)
    check(said)
    assert tree(path) == before


@needs_root
@pytest.mark.slow
@pytest.mark.parametrize("shm", [True, False])
def test_commits_that_are_in_the_log_alone(path: Path, shm: bool) -> None:
    leave_a_log(path)
    if not shm:
        (path / "index.sqlite-shm").unlink()
    assert read(path)["runs"][0] == ["more", "finished", None]


@needs_root
@pytest.mark.slow
def test_a_store_that_its_owner_writes_to(path: Path) -> None:
    with Store(path) as store:
        run = begin(store, "more")
        assert read(path)["runs"][0] == ["more", "running", None]
        run.finish({})
        assert read(path)["runs"][0] == ["more", "finished", None]


@needs_root
@pytest.mark.parametrize("name", ["index.sqlite", "runs", ".trash"])
def test_a_part_that_cannot_be_written(path: Path, name: str) -> None:
    """The user's own store, but for one thing in it."""
    for each in (path, *path.rglob("*")):
        os.chown(each, NOBODY, NOBODY)
    os.chown(path / name, 0, 0)
    check(read(path))


@needs_root
def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    with in_memory() as folder:
        folder.chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", READING, str(folder), str(NOBODY)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert "permission is refused. Change the folder's permissions" in done.stderr


MOUNTING = """
import subprocess, sys
path = sys.argv[1]
for command in (["mount", "--bind", path, path], ["mount", "-o", "remount,ro,bind", path]):
    if subprocess.run(command, capture_output=True).returncode:
        sys.exit(77)
from echospan.cli.main import run
for arguments in (
    ["runs", "list"], ["runs", "show", "latest:done", "--json"],
    ["runs", "export", "latest:done", sys.argv[2]], ["runs", "remove", sys.argv[3]],
    ["run", "--resume", sys.argv[3]], ["runs", "rebuild"],
):
    print("code", run([*arguments, "--store", path]), flush=True)
"""


@needs_root
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare here")
def test_the_commands_on_a_disk_that_can_only_be_read(path: Path, tmp_path: Path) -> None:
    with Store(path) as store:
        run_id = store.get("latest:left").id
    before = tree(path)
    done = subprocess.run(
        ["unshare", "-m", sys.executable, "-c", MOUNTING, str(path), str(tmp_path), run_id],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("no mounts here")
    codes = [line for line in done.stdout.splitlines() if line.startswith("code")]
    assert codes == ["code 0"] * 3 + ["code 2"] * 3, done.stderr
    assert done.stderr.count("can only be read here") >= 3
    assert "Traceback" not in done.stderr
    assert (tmp_path / f"{folder_of(path, 'done')}.zip").exists()
    assert tree(path) == before


def folder_of(path: Path, recipe: str) -> str:
    return next(each.name for each in (path / "runs").iterdir() if each.name.startswith(recipe))


def test_a_full_disk_lets_a_store_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite cannot even open a database in WAL mode where it finds no room beside it."""
    real = sqlite3.connect

    def connect(database: Any, *given: Any, **named: Any) -> sqlite3.Connection:
        if database == path / "index.sqlite":
            error = sqlite3.OperationalError("unable to open database file")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise error
        return real(database, *given, **named)

    monkeypatch.setattr(sqlite3, "connect", connect)
    with Store(path) as store:
        with pytest.warns(UserWarning, match="shown as interrupted"):
            listed = store.list()
        assert [item.recipe for item in listed] == ["dead", "left", "done"]
        with pytest.raises(StoreError, match="can only be read here: its index cannot be opened"):
            begin(store)
