"""A place that cannot be written to is refused before the work, and a kill leaves nothing there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from echospan import files
from echospan.cli.main import run
from echospan.files import open_place, unfit


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("new/..", "That is a folder."),
        ("..", "That is a folder."),
        (".", "That is a folder."),
        ("file.txt/report.html", "is not a folder."),
        ("file.txt/new/report.html", "is not a folder."),
        ("loop/report.html", "cannot be used"),
        ("x" * 300, "no name of that length"),
        ("new/" + "x" * 300, "no name of that length"),
        ("a\0b", "zero byte"),
    ],
)
def test_a_place_where_no_file_can_be(tmp_path, place, why):
    (tmp_path / "file.txt").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert why in unfit(tmp_path / place)


@pytest.mark.parametrize("place", ["report.html", "new/deep/report.html", "file.txt"])
def test_a_place_where_one_can_be(tmp_path, place):
    (tmp_path / "file.txt").write_text("")
    assert unfit(tmp_path / place) == ""


@pytest.mark.parametrize("command", [["tour"], ["report", "latest"], ["span", "last-value"]])
def test_no_command_makes_a_folder_before_it_refuses(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    assert run([*command, "-o", "new/.."]) == 2
    assert "error:" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


KILLED = """
import os, sys
from pathlib import Path
from echospan.files import open_place
with open_place(Path(sys.argv[1])) as folder, folder.writing("report.html") as file:
    file.write(b"half")
    file.flush()
    os._exit(9)
"""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="has no files without a name")
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_kill_while_a_file_is_written_leaves_nothing(tmp_path, before):
    with open_place(tmp_path) as folder:
        handle = folder._unnamed(0o600)
    if handle is None:
        pytest.skip("this file system has no files without a name")
    os.close(handle)
    if before is not None:
        (tmp_path / "report.html").write_bytes(before)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == 9
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == (
        {} if before is None else {"report.html": before}
    )


@pytest.mark.parametrize("unnamed", [True, False])
def test_a_file_is_written_whole_with_the_usual_rights(tmp_path, monkeypatch, unnamed):
    if not unnamed:
        monkeypatch.setattr(files, "_UNNAMED", 0)
    (tmp_path / "usual").write_text("")
    with open_place(tmp_path) as folder:
        for content in (b"first", b"second"):
            with folder.writing("report.html") as file:
                file.write(content)
        writing = folder.writing("report.html")
        writing.__enter__().write(b"half")
        assert writing.__exit__(ValueError, ValueError("third"), None) is False
    assert (tmp_path / "report.html").read_bytes() == b"second"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "usual"]
    assert (tmp_path / "report.html").stat().st_mode == (tmp_path / "usual").stat().st_mode
