from __future__ import annotations

import os
from pathlib import Path

import pytest

from echospan.errors import ConfigError
from echospan.files import Folder
from echospan.report.files import write_whole
from kinds import LINKS, SPECIAL, Outside, put, same


def test_it_replaces_what_was_there_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(b"old")
    assert write_whole(path, b"new") == path
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left on device"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_places_that_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"output must be a file name.*That is a folder"):
        write_whole(tmp_path, b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"output must be a file name.*is not a folder"):
        write_whole(tmp_path / "file" / "report.html", b"")
    with pytest.raises(ConfigError, match="takes no name of that length"):
        write_whole(tmp_path / ("x" * 300), b"")


@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL])
def test_only_plain_files_are_replaced(tmp_path: Path, kind: str) -> None:
    outside = Outside(tmp_path / "photos")
    path = tmp_path / "report.html"
    put(kind, path, outside.path / "a.jpg")
    with pytest.raises(ConfigError, match=r"output must be a file name; .*That is a (link|device)"):
        write_whole(path, b"new")
    assert same(kind, path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["photos", "report.html"]
    outside.check()


@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL])
def test_what_comes_while_it_writes_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    outside = Outside(tmp_path / "photos")
    path = tmp_path / "report.html"
    real = Folder.writing

    def exchanged(self: Folder, *given: str) -> object:
        put(kind, path, outside.path / "a.jpg")
        return real(self, *given)

    monkeypatch.setattr(Folder, "writing", exchanged)
    with pytest.raises(ConfigError, match="It was refused: it is "):
        write_whole(path, b"new")
    assert same(kind, path)
    outside.check()


def test_folders_on_the_way_may_be_links(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "there").symlink_to("disk")
    write_whole(tmp_path / "there" / "new" / "report.html", b"1")
    assert (tmp_path / "disk" / "new" / "report.html").read_bytes() == b"1"
