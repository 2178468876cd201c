"""Files that the user named: plain files of a size that is looked at before they are read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from echospan.errors import DataError
from echospan.limits.consent import HOW, lifted
from echospan.limits.memory import shown_bytes
from echospan.limits.sizes import LINE

_HOW_TO_OPEN = (
    os.O_RDONLY
    # A pipe that took the file's place in between would block.
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_OPENED = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")


@contextmanager
def open_given(
    path: str | os.PathLike[str], wanted: str, most: int, *, once: bool = False
) -> Iterator[BinaryIO]:
    """Open a file that the user named, for reading bytes; links to plain files are followed.

    Args:
        path: The file.
        wanted: What should stand there, such as "a CSV file".
        most: Its largest size in bytes, unless the limits are lifted.
        once: Whether it is read from front to back, so that ``<(unzip -p ...)`` will do: a pipe
            that the shell opened. A named pipe would wait for a writer for ever.

    Raises:
        DataError: Nothing is there, or a folder, pipe or device is, or the file is empty or too
            large, cannot be read, or changed while the block read it.
    """
    place = Path(path)
    try:
        mode = os.stat(place).st_mode
        piped = once and stat.S_ISFIFO(mode) and str(place).startswith(_OPENED)
        if not piped:
            _check_kind(place, mode, wanted)
        handle = os.open(place, os.O_RDONLY if piped else _HOW_TO_OPEN)
    except FileNotFoundError:
        raise DataError(f"{place} does not exist. Check the path.") from None
    except DataError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{str(place)!r} cannot be opened: {reason}.") from None
    with os.fdopen(handle, "rb") as file:
        if piped:
            yield file
            return
        before = os.fstat(handle)
        _check_kind(place, before.st_mode, wanted)
        if before.st_size > most and not lifted():
            raise DataError(
                f"{place} holds {shown_bytes(before.st_size)}; {wanted} may hold "
                f"{shown_bytes(most)}. {HOW}"
            )
        yield file
        after = os.fstat(handle)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise DataError(f"{place} changed while it was read. Try again when it is complete.")


def read_given_text(path: str | os.PathLike[str], wanted: str, most: int) -> str:
    """The whole text of a file that the user named.

    Raises:
        DataError: As `open_given`, or it is no UTF-8 text.
    """
    with open_given(path, wanted, most) as file:
        try:
            # Some editors put a byte order mark in front.
            return file.read().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path} cannot be read as text: {error}.") from None


def _check_kind(place: Path, mode: int, wanted: str) -> None:
    if stat.S_ISREG(mode):
        return
    kind = "a directory" if stat.S_ISDIR(mode) else "a pipe, a device or a socket"
    raise DataError(f"{place} is {kind}. Give {wanted}.")


def lines_of(stream: TextIO, name: str) -> Iterator[str]:
    """The lines of a text stream, each looked at before it is kept.

    Args:
        stream: Such as standard input.
        name: What it is called in errors.

    Raises:
        DataError: A line is longer than any that is meant, or no text.
    """
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(LINE + 1)
        except UnicodeDecodeError as error:
            raise DataError(f"{name}, line {number}, is no text: {error.reason}.") from None
        if not line:
            return
        if len(line) > LINE:
            raise DataError(f"{name}, line {number}, is longer than {LINE:,} characters.")
        yield line
