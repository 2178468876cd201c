from __future__ import annotations

import os
from pathlib import Path

import pytest

from echospan.errors import ConfigError
from echospan.report.files import write_whole


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
    with pytest.raises(ConfigError, match="output must be a place that can be written to"):
        write_whole(tmp_path / "file" / "report.html", b"")
    with pytest.raises(ConfigError, match="File name too long"):
        write_whole(tmp_path / ("x" * 300), b"")
