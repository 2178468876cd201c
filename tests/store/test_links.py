"""A store writes, renames and deletes in its own folders, wherever links in it lead."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from echospan import files
from echospan.cli.main import run as echospan
from echospan.errors import CorruptRun, StoreError
from echospan.files import Folder, open_folder
from echospan.store import Run, Store
from echospan.store.files import remove_leftovers, write_json
from echospan.store.recovery import discard
from kinds import LINKS, LONG_AGO, SPECIAL, Outside, put, same

from .helpers import begin, orphan


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    return Outside(tmp_path / "photos")


@pytest.fixture(params=["by descriptor", "by path"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what this system has, and as on systems without it."""
    if request.param == "by path":
        monkeypatch.setattr(files, "BY_DESCRIPTOR", False)


def aged(path: Path) -> Path:
    os.utime(path, (LONG_AGO, LONG_AGO), follow_symlinks=False)
    return path


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL])
@pytest.mark.parametrize("name", ["runs", ".staging", ".trash"])
def test_the_folders_of_a_store_are_its_own(
    tmp_path: Path, outside: Outside, name: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hs"
    path.mkdir()
    put(kind, path / name, outside.path)
    assert echospan(["runs", "list", "--store", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert ("is a link" if "link" in kind else "a folder is needed") in said
    assert same(kind, path / name)
    outside.check()
    assert not (tmp_path / "nothing-there").exists()
    assert not (path / "index.sqlite").exists()


@pytest.mark.parametrize("name", ["runs", ".staging", ".trash"])
def test_a_link_to_a_folder_above_is_not_followed(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "hs").mkdir()
    (tmp_path / "hs" / name).symlink_to("..")
    for each in (tmp_path / "mine", tmp_path / "hs"):
        os.utime(each, (LONG_AGO, LONG_AGO))
    with pytest.raises(StoreError, match=f"{name} is a link"):
        Store(tmp_path / "hs")
    assert (tmp_path / "mine").is_dir()


@pytest.mark.usefixtures("either_way")
def test_the_store_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "hs").symlink_to("disk")
    with Store(tmp_path / "hs") as store:
        run = begin(store)
        run.save_artifact("hidden", {"a": np.ones(2)})
        run.finish({"accuracy": 1.0})
        assert run.artifacts() == ["hidden"]
        (tmp_path / "hs").unlink()  # found once, it is the same store whatever the link does
        (tmp_path / "hs").symlink_to("elsewhere")
        store.remove(run.id)
        begin(store)
    with Store(tmp_path / "disk") as again:
        assert len(again.list()) == 1


@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL])
@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
def test_an_index_is_a_plain_file(tmp_path: Path, kind: str, ending: str) -> None:
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE mine (a)")
    connection.close()
    before = other.read_bytes()
    Store(tmp_path / "hs").close()
    path = tmp_path / "hs" / f"index.sqlite{ending}"
    path.unlink(missing_ok=True)
    put(kind, path, other)
    with pytest.raises(StoreError, match=rf"index\.sqlite{ending}: it is (a link|not a regular)"):
        Store(tmp_path / "hs")
    assert same(kind, path)
    assert other.read_bytes() == before
    assert not (tmp_path / "nothing-there").exists()


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("folder", [".staging", ".trash"])
def test_tidying_takes_links_without_what_they_lead_to(
    store: Store, outside: Outside, folder: str
) -> None:
    place = store.path / folder
    for kind in (*LINKS, *SPECIAL):
        put(kind, place / kind, outside.path)
        aged(place / kind)
    (place / "to file").symlink_to(outside.path / "a.jpg")
    (place / "old" / "sub").mkdir(parents=True)
    (place / "old" / "sub" / "link").symlink_to(outside.path)
    (place / "old" / "file").symlink_to(outside.path / "a.jpg")
    (place / "plain").write_text("")
    for name in ("to file", "old", "plain"):
        aged(place / name)
    Store(store.path).close()
    assert {each.name for each in place.iterdir()} == set(SPECIAL)
    outside.check()


SAVES: dict[str, Callable[[Run], None]] = {
    "result.json": lambda run: run.save_result({}),
    "run.json": lambda run: run.interrupt(),
    "failure.txt": lambda run: run.fail(ValueError("no")),
    "checkpoint.safetensors": lambda run: run.save_checkpoint({"a": np.ones(1)}, {}),
    "artifacts/a.safetensors": lambda run: run.save_artifact("a", {"a": np.ones(1)}),
    "json/a.json": lambda run: run.save_json("a", 1),
}


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL, "folder"])
@pytest.mark.parametrize("name", SAVES)
def test_only_plain_files_of_a_run_are_replaced(
    store: Store, outside: Outside, name: str, kind: str
) -> None:
    run = begin(store)
    path = run.path / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    put(kind, path, outside.path / "a.jpg")
    with pytest.raises(CorruptRun, match=f"{path.name} cannot be used: it is (a link|not a reg)"):
        SAVES[name](run)
    assert same(kind, path)
    assert [each.name for each in path.parent.glob(".*")] == []
    outside.check()


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL])
@pytest.mark.parametrize("name", ["artifacts", "json"])
def test_the_folders_of_a_run_are_its_own(
    store: Store, outside: Outside, name: str, kind: str
) -> None:
    run = begin(store)
    put(kind, run.path / name, outside.path)
    with pytest.raises(StoreError):
        run.save_artifact("a", {"a": np.ones(1)}) if name == "artifacts" else run.save_json("a", 1)
    run.interrupt()
    with pytest.raises(StoreError):
        run.resume()
    assert run.state == "interrupted"
    outside.check()
    assert not (outside.path.parent / "nothing-there").exists()
    store.remove(run.id)
    assert not os.path.lexists(run.path)
    outside.check()


@pytest.mark.usefixtures("either_way")
def test_a_run_that_is_a_link_is_not_written_to(store: Store, outside: Outside) -> None:
    run, dead = begin(store), begin(store)
    orphan(store, dead)
    for each in (run, dead):
        shutil.rmtree(each.path)
        each.path.symlink_to(outside.path)
    for use in (
        lambda: run.save_result({}),
        lambda: run.finish({}),
        lambda: run.fail(ValueError()),
        run.interrupt,
        run.resume,
        lambda: run.save_artifact("a", {}),
        lambda: store.get(run.id),
    ):
        with pytest.raises(CorruptRun):
            use()
    assert {item.state for item in store.list()} == {"running", "interrupted"}
    store.rebuild_index()
    for each in (run, dead):
        store.remove(each.id, force=True)
        assert not os.path.lexists(each.path)
    outside.check()


@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL])
def test_an_export_replaces_plain_files_only(
    tmp_path: Path, store: Store, outside: Outside, kind: str
) -> None:
    run = begin(store)
    run.finish({})
    put(kind, tmp_path / "out.zip", outside.path / "a.jpg")
    for overwrite in (False, True):
        with pytest.raises(StoreError, match=r"out\.zip\. That is a "):
            store.export(run.id, tmp_path / "out.zip", overwrite=overwrite)
    assert same(kind, tmp_path / "out.zip")
    outside.check()
    (tmp_path / "real").mkdir()
    (tmp_path / "place").symlink_to("real")
    assert store.export(run.id, tmp_path / "place").is_file()


def swapped(path: Path, target: Path) -> None:
    """What an unlucky moment, or an enemy, does: a link stands where the folder was."""
    os.rename(path, path.with_name("moved"))
    path.symlink_to(target)


@pytest.mark.parametrize("when", ["after opening", "after listing", "after looking"])
def test_a_folder_exchanged_for_a_link_while_tidying(
    store: Store, outside: Outside, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    trash = store.path / ".trash"
    names = [each.name for each in outside.path.iterdir()]
    for name in names:
        (trash / name).mkdir()
        aged(trash / name)
    method = {"after opening": "names", "after listing": "stat", "after looking": "remove"}[when]
    real = getattr(Folder, method)
    left = [1]

    def exchanged(self: Folder, *given: str) -> object:
        if self.path == trash and left and given != ("",):
            left.pop()
            swapped(trash, outside.path)
        return real(self, *given)

    monkeypatch.setattr(Folder, method, exchanged)
    Store(store.path).close()
    assert trash.is_symlink()
    assert list((store.path / "moved").iterdir()) == []
    outside.check()


def test_an_entry_exchanged_for_a_link_while_tidying(
    store: Store, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    trash = store.path / ".trash"
    (trash / "old" / "album").mkdir(parents=True)
    aged(trash / "old")
    real = shutil.rmtree

    def exchanged(*given: object, **named: object) -> None:
        swapped(trash / "old", outside.path)
        real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(shutil, "rmtree", exchanged)
    Store(store.path).close()
    assert (trash / "old").is_symlink()
    outside.check()


@pytest.mark.parametrize("sub", [".", "json"])
def test_a_folder_exchanged_for_a_link_while_writing(
    store: Store, outside: Outside, monkeypatch: pytest.MonkeyPatch, sub: str
) -> None:
    run = begin(store)
    run.save_json("a", 1)
    folder = run.path / sub
    real = Folder.writing

    def exchanged(self: Folder, *given: str, **named: str) -> object:
        swapped(folder, outside.path)
        return real(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Folder, "writing", exchanged)
    run.save_json("a", 2)
    moved = folder.with_name("moved") / os.path.relpath(run.path / "json", folder) / "a.json"
    assert moved.read_text() == "2\n"
    outside.check()


def test_a_thread_that_exchanges_all_the_time(store: Store, outside: Outside) -> None:
    run = begin(store)
    run.save_json("a", 0)
    folder, aside = run.path / "json", run.path / "moved"
    stop = threading.Event()

    def exchange() -> None:
        while not stop.is_set():
            swapped(folder, outside.path)
            folder.unlink()
            os.rename(aside, folder)

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        for number in range(1000):
            with suppress(StoreError):
                write_json(folder / "a.json", number)
            with suppress(StoreError):
                remove_leftovers(folder)
            discard(folder / "album")
    finally:
        stop.set()
        thread.join()
    outside.check()


def test_names_that_lead_out_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "a").write_text("1")
    with open_folder(tmp_path / "in") as folder:
        for name in ("../a", "..", ".", str(tmp_path / "a")):
            with pytest.raises(files.Refused):
                folder.remove(name)
    assert (tmp_path / "a").exists()
