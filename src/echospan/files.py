"""Files and folders by descriptor: no link is followed, and only plain files are replaced.

A path says where a folder was when its name was looked up; by the time something is deleted there,
a link to the user's photographs may stand in its place. An open folder stays the same folder. Where
the system cannot work from an open folder (Windows), paths are checked before they are used.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

Kind = Literal["missing", "file", "folder", "link", "other"]

BY_DESCRIPTOR = {os.open, os.mkdir, os.rename, os.stat, os.unlink} <= os.supports_dir_fd and (
    os.listdir in os.supports_fd
)
LINK = "it is a link, and links are not followed"
NOT_A_FILE = "it is not a regular file"

PART = ".part"
"""The ending of a file that is not whole yet, where nothing else is said."""

LONGEST_NAME = 255
"""Bytes in a name, on all usual file systems."""

_UNNAMED = getattr(os, "O_TMPFILE", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
# To pass through a folder takes less permission than to list it.
_THROUGH = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0)
# A pipe would block, and Windows would translate the ends of lines.
_PLAIN = _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Refused(OSError):
    """A link, a device or another thing that is no plain file or folder stands there.

    `filename` is its path and `strerror` says what it is.
    """


class Folder:
    """An open folder; every name is looked up in it, whatever its path leads to by now.

    Args:
        path: Where it was found, for messages.
        handle: Its descriptor; None where the system cannot work from one.
    """

    def __init__(self, path: Path, handle: int | None) -> None:
        self.path = path
        self.handle = handle

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the descriptor back."""
        if self.handle is not None:
            os.close(self.handle)

    def names(self) -> list[str]:
        """The names in it, sorted."""
        return sorted(os.listdir(self.path if self.handle is None else self.handle))

    def stat(self, name: str = "") -> os.stat_result:
        """What the system says of an entry, not of what it points to; or of the folder itself."""
        if not name:
            return os.stat(self.path) if self.handle is None else os.fstat(self.handle)
        return os.stat(self._at(name), dir_fd=self.handle, follow_symlinks=False)

    def kind(self, name: str) -> Kind:
        """What stands under a name."""
        try:
            return kind_of(self.stat(name))
        except FileNotFoundError:
            return "missing"

    def check(self, name: str) -> None:
        """Let a plain file, or nothing, stand under a name.

        Raises:
            Refused: Something else does.
        """
        if (kind := self.kind(name)) not in ("missing", "file"):
            raise refused(self.path / name, LINK if kind == "link" else NOT_A_FILE)

    def sub(self, name: str) -> Folder:
        """Open a folder in it.

        Raises:
            Refused: It is a link.
            OSError: It is missing, or no folder.
        """
        if self.kind(name) == "link":
            raise refused(self.path / name, LINK)
        if self.handle is None:
            return _plain(self.path / name)
        try:
            handle = os.open(name, _FOLDER | _NO_LINK, dir_fd=self.handle)
        except OSError as error:
            raise _explained(error, self.path / name) from None
        return Folder(self.path / name, handle)

    def make(self, name: str, *, there: bool = False) -> None:
        """Make a folder in it; with ``there``, one that is there already will do.

        Raises:
            Refused: A link stands there.
            OSError: Something else does, or the system refuses.
        """
        try:
            os.mkdir(self._at(name), dir_fd=self.handle)
        except FileExistsError:
            if not there:
                raise
            with self.sub(name):
                pass

    def open(self, name: str, flags: int, mode: int = 0o666) -> int:
        """Open a plain file in it; its descriptor.

        Raises:
            Refused: It is a link, a folder, a pipe, a socket or a device.
            OSError: It is missing, or the system refuses.
        """
        if not flags & os.O_EXCL:
            # Devices are not even opened: with some of them, opening does something.
            self.check(name)
        try:
            handle = os.open(self._at(name), flags | _PLAIN, mode, dir_fd=self.handle)
        except OSError as error:
            raise _explained(error, self.path / name) from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise refused(self.path / name, NOT_A_FILE)
        return handle

    def create(self, name: str, mode: int = 0o666) -> int:
        """Make a plain file that is not there yet; its descriptor, for writing.

        Raises:
            OSError: Something has the name, or the system refuses.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN
        return os.open(self._at(name), flags, mode, dir_fd=self.handle)

    @contextmanager
    def writing(
        self,
        name: str,
        *,
        ending: str = PART,
        mode: int = 0o666,
        sync: bool = True,
        last: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Iterator[BinaryIO]:
        """A new file that takes the name at the end of the block, in place of a plain file.

        Args:
            name: The final name. At every moment the old or the new file is there, whole.
            ending: Of the temporary file's name.
            mode: Its permissions, less the process's mask.
            sync: Whether it must survive a power cut.
            last: What is entered once all is written, for as long as it takes the name; an error
                of it leaves the old file.

        Raises:
            Refused: Something else than a plain file has the name.
            OSError: The system refuses; the old file is then still there.
        """
        self.check(name)
        # One process may write the same file from two threads, so the id alone is not enough.
        beside = f".{name}.{os.getpid()}.{secrets.token_hex(4)}{ending}"
        # Whoever writes with an ending of their own finds what a kill left by it. In a folder of
        # the user's nothing is left, where the system has files without a name.
        handle = self._unnamed(mode) if ending == PART else None
        unnamed = handle is not None
        if handle is None:
            handle = self.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                if sync:
                    os.fsync(file.fileno())
                if unnamed:
                    os.link(
                        f"/proc/self/fd/{file.fileno()}",
                        beside,
                        dst_dir_fd=self.handle,
                        follow_symlinks=True,
                    )
            with last():
                self.rename(beside, self, name)
        except BaseException:
            self.unlink(beside)
            raise

    def _unnamed(self, mode: int) -> int | None:
        """A descriptor of a new file without a name; None where the system has no such files."""
        if self.handle is None or not _UNNAMED or not os.path.isdir("/proc/self/fd"):
            return None
        try:
            return os.open(".", os.O_WRONLY | _UNNAMED, mode, dir_fd=self.handle)
        except OSError:
            return None

    def rename(self, name: str, other: Folder, new: str) -> None:
        """Move an entry, a link as a link, and replace what has the new name."""
        os.replace(self._at(name), other._at(new), src_dir_fd=self.handle, dst_dir_fd=other.handle)

    def unlink(self, name: str) -> None:
        """Delete a file, or a link without what it points to, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(self._at(name), dir_fd=self.handle)

    def remove(self, name: str) -> None:
        """Delete an entry: a folder with all that is in it, a link without what it points to."""
        if self.kind(name) != "folder":
            self.unlink(name)
        elif self.handle is None:
            shutil.rmtree(self.path / name)
        else:
            # With a descriptor, rmtree compares each folder that it opened with the one it saw.
            shutil.rmtree(name, dir_fd=self.handle)

    def sync(self) -> None:
        """Make renames in it survive a power cut, where the system can."""
        if self.handle is not None:
            os.fsync(self.handle)

    def _at(self, name: str) -> Any:
        if name in ("", ".", "..") or "/" in name or os.sep in name:
            raise refused(self.path / name, "it is no name of a file in a folder")
        return self.path / name if self.handle is None else name


def open_place(path: Path) -> Folder:
    """Open a folder that the user chose, who may have put links on the way to it."""
    return Folder(path, os.open(path, _FOLDER)) if BY_DESCRIPTOR else _plain(path)


def open_folder(path: Path) -> Folder:
    """Open a folder to which no link leads: none of the folders above it is a link either.

    Raises:
        Refused: One of them is a link.
        OSError: It is missing, or no folder.
    """
    if not path.is_absolute() or ".." in path.parts:
        path = Path(os.path.abspath(path))
    try:
        if not BY_DESCRIPTOR:
            return _checked(path)
        if hasattr(os, "O_NOFOLLOW_ANY"):
            return Folder(path, os.open(path, _FOLDER | os.O_NOFOLLOW_ANY))
        if (at_once := _openat2()) is not None:
            return Folder(path, at_once(os.fsencode(path)))
        return Folder(path, _walked(path))
    except OSError as error:
        raise _explained(error, path) from None


def _walked(path: Path) -> int:
    *above, last = path.parts
    handle = os.open(above[0] if above else last, _THROUGH)
    try:
        for part in above[1:]:
            below = os.open(part, _THROUGH | _NO_LINK, dir_fd=handle)
            os.close(handle)
            handle = below
        return os.open(last, _FOLDER | _NO_LINK, dir_fd=handle)
    finally:
        os.close(handle)


@cache
def _openat2() -> Callable[[bytes], int] | None:
    """Linux's call that opens a folder and follows no link on the way; None where there is none.

    Walking there, folder by folder, takes two calls of the system for each.
    """
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes

        call = ctypes.CDLL(None, use_errno=True).syscall
        how = (ctypes.c_uint64 * 3)(_FOLDER | getattr(os, "O_CLOEXEC", 0), 0, _NO_LINKS)
    except (ImportError, OSError, AttributeError, TypeError):
        return None
    number, here, size = (ctypes.c_long(each) for each in (_OPENAT2, -100, ctypes.sizeof(how)))

    def opened(path: bytes) -> int:
        while (handle := int(call(number, here, path, how, size))) < 0:
            code = ctypes.get_errno()
            # EAGAIN: a folder on the way was renamed at that moment.
            if code not in (errno.EINTR, errno.EAGAIN):
                raise OSError(code, os.strerror(code), os.fsdecode(path))
        return handle

    try:
        os.close(opened(b"/"))
    except OSError:
        # An older system, or a container's filter that doesn't know the call.
        return None
    return opened


_OPENAT2, _NO_LINKS = 437, 0x04
"""The call's number, the same on all processors, and its flag ``RESOLVE_NO_SYMLINKS``."""


def _checked(path: Path) -> Folder:
    for each in (*reversed(path.parents), path):
        if each.is_symlink():
            raise refused(each, LINK)
    return _plain(path)


def _plain(path: Path) -> Folder:
    if not stat.S_ISDIR(os.stat(path).st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    return Folder(path, None)


def _explained(error: OSError, path: Path) -> OSError:
    """The same error, or that a link was in the way, which systems say in different ways."""
    if error.errno in (errno.ENOTDIR, errno.ELOOP, getattr(errno, "EMLINK", None)):
        for each in (*reversed(path.parents), path):
            if each.is_symlink():
                return refused(each, LINK)
    return error


def refused(path: Path, why: str) -> Refused:
    """The error for what stands at `path`."""
    return Refused(errno.EPERM, why, str(path))


def kind_of(status: os.stat_result) -> Kind:
    """What an entry is."""
    if stat.S_ISREG(status.st_mode):
        return "file"
    if stat.S_ISDIR(status.st_mode):
        return "folder"
    return "link" if stat.S_ISLNK(status.st_mode) else "other"


def is_ours(status: os.stat_result) -> bool:
    """Whether this user or the system's administrator owns it."""
    return os.name == "nt" or status.st_uid in (os.geteuid(), 0)


def unfit(path: Path) -> str:
    """Why no file can be written at a place that the user chose; empty where one can.

    It says so in a sentence, with what to do.
    """
    if path.name in ("", "..") or "\0" in str(path):
        return "That is a folder." if path.name in ("", "..") else "No name may hold a zero byte."
    try:
        kind = kind_of(os.lstat(path))
    except OSError as error:
        return _nowhere(path, error)
    if kind == "link":
        target = Path(os.path.realpath(path))
        with suppress(OSError):
            kind = kind_of(os.stat(path))
        if kind in ("link", "file"):
            return f"That is a link. Give the path of the file itself: {target}"
        if kind == "folder":
            return f"That is a link to a folder. Give the path of a file: {target / 'NAME'}"
    if kind == "folder":
        return "That is a folder."
    return (
        "That is a device, a pipe or a socket. Give the path of a file." if kind != "file" else ""
    )


def _nowhere(path: Path, error: OSError) -> str:
    """Why nothing can be made at a path where nothing is; empty where something can."""
    too_long = any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts)
    if too_long or error.errno == errno.ENAMETOOLONG:
        return "The system takes no name of that length."
    for above in path.absolute().parents:
        try:
            status = os.stat(above)
        except OSError as missing:
            # Below a file, too, nothing is: that file comes next.
            nothing = missing.errno in (errno.ENOENT, errno.ENOTDIR)
            if nothing and not above.is_symlink():
                continue
            return f"{above} cannot be used: {missing.strerror}."
        if not stat.S_ISDIR(status.st_mode):
            return f"{above} is not a folder."
        if not os.access(above, os.W_OK | os.X_OK):
            return f"You may not write in {above}."
        break
    return ""
