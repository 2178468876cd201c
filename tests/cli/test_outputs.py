"""Files that a user asks for: written in place of plain files, never through or over another."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.__main__ import app as bench
from cli.helpers import Said, Shell
from echospan.errors import StoreError
from echospan.serve import Trained
from kinds import LINKS, SPECIAL, Outside, put, same
from studies.verify import app as verify

COMMANDS = {
    "report": ("report", "latest", "-o", "X.html"),
    "tour": ("tour", "-o", "X.html"),
    "span": ("span", "last-value", "-o", "X.html"),
    "span json": ("span", "last-value", "-o", "X.json"),
    "compare": ("compare", "last-value", "last-value", "-o", "X.png"),
    "verify": ("verify", "--only", "popgym-hard", "--write", "X.md"),
    "check": ("check", "none.py:none", "--figure", "X.svg"),
    "bench": ("bench", "--jobs", "echo-1k", "--write", "."),
    "bench page": ("bench", "--jobs", "echo-1k", "--write", "."),
}
FILES = {"bench": "results.json", "bench page": "RESULTS.md"}


class AnyShell(Shell):
    """The command line, and those of the benchmarks and the studies by their names."""

    def __call__(self, *arguments: str | Path) -> Said:
        apps = {"bench": bench, "verify": verify}
        if arguments[0] in apps:
            return Shell(self._capsys, apps[str(arguments[0])])(*arguments[1:])
        return super().__call__(*arguments)


@pytest.fixture
def shell(folder: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return AnyShell(capsys)


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    return Outside(tmp_path / "photos")


@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL, "folder", "link to a folder", "link to a pipe"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_plain_file_is_refused_before_the_work(
    shell: Any, tmp_path: Path, outside: Outside, command: str, kind: str
) -> None:
    arguments = COMMANDS[command]
    path = tmp_path / FILES.get(command, arguments[-1])
    target = outside.path / "a.jpg"
    if kind == "link to a folder":
        target = outside.path / "album"
    elif kind == "link to a pipe":
        target = tmp_path / "pipe"
        os.mkfifo(target)
    put("link" if kind.startswith("link") else kind, path, target)
    said = shell.refused(*arguments)
    assert path.name in said
    assert "That is a " in said or kind == "folder"
    if kind in LINKS:
        real = outside.path / "nothing-there" if kind == "dangling link" else target
        assert f"That is a link. Give the path of the file itself: {real}" in said
    assert same("link" if kind.startswith("link") else kind, path)
    outside.check()
    assert not (tmp_path / "runs").exists()
    assert [each.name for each in tmp_path.glob(".X*")] == []


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/null", "/dev/fd/1"])
def test_the_terminal_is_no_file(shell: Any, name: str) -> None:
    before = os.lstat(name).st_mode
    assert "That is a " in shell.refused("report", "latest", "-o", name)
    assert os.lstat(name).st_mode == before


@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL])
def test_a_tour_writes_no_report_through_a_link_in_the_store(
    shell: Any, folder: Path, outside: Outside, kind: str
) -> None:
    folder.mkdir()
    put(kind, folder / "tour.html", outside.path / "a.jpg")
    assert "tour.html" in shell.refused("tour")
    assert same(kind, folder / "tour.html")
    assert list((folder / "runs").iterdir()) == []
    outside.check()


def test_a_folder_on_the_way_may_be_a_link(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "there").symlink_to("disk")
    assert shell("verify", "--only", "popgym-hard", "--write", "there/page.md").code == 0
    assert "POPGym" in (tmp_path / "disk" / "page.md").read_text("utf-8")


@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL, "folder"])
def test_a_model_replaces_plain_files_only(tmp_path: Path, outside: Outside, kind: str) -> None:
    class Model:
        def save(self, path: Path) -> None:
            path.write_bytes(b"model")

    carries_none = SimpleNamespace(model=SimpleNamespace(carries_state=False))
    loaded: Any = SimpleNamespace(model=Model(), experiment=carries_none)
    path = tmp_path / "echo.keras"
    assert Trained.export(loaded, path).read_bytes() == b"model"
    with pytest.raises(StoreError, match="is there already"):
        Trained.export(loaded, path)
    Trained.export(loaded, path, overwrite=True)
    path.unlink()
    put(kind, path, outside.path / "a.jpg")
    for overwrite in (False, True):
        with pytest.raises(StoreError, match=r"Cannot write .*echo\.keras\. That is a "):
            Trained.export(loaded, path, overwrite=overwrite)
    assert same(kind, path)
    outside.check()


@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL])
def test_known_numbers_are_kept_in_a_plain_file_only(
    shell: Any, tmp_path: Path, outside: Outside, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("ECHOSPAN_CACHE", str(cache))
    put(kind, cache / "verify.jsonl", outside.path / "a.jpg")
    asked = ("verify", "--only", "popgym-hard", "--json")
    assert shell(*asked).json["pass"] == 1
    assert "verify.jsonl" in shell.refused(*asked, "--resume")
    assert same(kind, cache / "verify.jsonl")
    outside.check()
    (tmp_path / "link").symlink_to(outside.path)
    monkeypatch.setenv("ECHOSPAN_CACHE", str(tmp_path / "link"))
    assert shell(*asked).json["pass"] == 1
    assert "--resume" in shell.refused(*asked, "--resume")
    outside.check()


@pytest.mark.parametrize("kind", ["link", "dangling link"])
def test_peers_are_not_installed_through_a_link(
    shell: Any, tmp_path: Path, outside: Outside, kind: str
) -> None:
    from benchmarks.environments import names

    (tmp_path / "peers").mkdir()
    put(kind, tmp_path / "peers" / names()[0], outside.path)
    assert "--envs" in shell.refused("bench", "--install", "--list", "--envs", "peers")
    outside.check()
