"""What can stand where a plain file or folder is wanted, and what it leads to."""

from __future__ import annotations

import os
import socket
import stat
import time
from pathlib import Path

LONG_AGO = time.time() - 10 * 24 * 3600

LINKS = ("link", "relative link", "dangling link")
SPECIAL = ("pipe", "socket", *(["device"] if os.geteuid() == 0 else []))


class Outside:
    """A folder of the user's own files, older than an hour, that must stay as it is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "album").mkdir(parents=True)
        for name in ("a.jpg", ".hidden.1.ab.tmp", "album/b.jpg", "checkpoint.safetensors"):
            (path / name).write_text(f"mine: {name}")
        for each in (*path.rglob("*"), path):
            os.utime(each, (LONG_AGO, LONG_AGO))
        self._before = self.seen()

    def seen(self) -> dict[str, tuple[object, ...]]:
        found = {}
        for each in (self.path, *sorted(self.path.rglob("*"))):
            about = each.lstat()
            content = each.read_bytes() if each.is_file() else b""
            found[str(each)] = (about.st_mode, about.st_ino, about.st_mtime_ns, content)
        return found

    def check(self) -> None:
        assert self.seen() == self._before


def put(kind: str, path: Path, target: Path) -> None:
    """Make a thing of this kind at `path`; links lead to `target`."""
    if kind == "link":
        path.symlink_to(target)
    elif kind == "relative link":
        path.symlink_to(os.path.relpath(target, path.parent))
    elif kind == "dangling link":
        path.symlink_to(target.parent / "nothing-there")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        here = os.getcwd()
        os.chdir(path.parent)  # the name of a socket may only be short
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(path.name)
        os.chdir(here)
    elif kind == "device":
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    else:
        path.mkdir()


def same(kind: str, path: Path) -> bool:
    """Whether a thing of this kind still stands there."""
    mode = path.lstat().st_mode
    tests = {"pipe": stat.S_ISFIFO, "socket": stat.S_ISSOCK, "device": stat.S_ISCHR}
    return tests.get(kind, stat.S_ISLNK if kind.endswith("link") else stat.S_ISDIR)(mode)
