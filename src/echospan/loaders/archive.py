"""A zip archive whose table of contents was looked at before anything is unpacked.

An archive of two megabytes can unpack to two gigabytes, name a file twice so that two readers see
different ones, or have a table of contents that is itself larger than memory.
"""

from __future__ import annotations

import lzma
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from echospan.errors import DataError, EchospanError
from echospan.limits.consent import HOW, lifted
from echospan.limits.memory import shown_bytes
from echospan.limits.sizes import ARCHIVE_DIRECTORY, MEMBERS

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    SyntaxError,  # Headers of NumPy are read as Python.
    tokenize.TokenError,
    RuntimeError,  # Also NotImplementedError: packed by a method that Python doesn't know.
    TypeError,
    ValueError,
)
"""What Python's readers raise for archives and headers that are no such."""

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"
_TAIL = 66_000


@contextmanager
def open_archive(file: BinaryIO, name: str, most: int) -> Iterator[zipfile.ZipFile]:
    """The archive in an open file.

    Args:
        file: Open for reading bytes.
        name: What it is called in errors.
        most: Bytes that all its members may hold together, unpacked, unless the limits are lifted.

    Raises:
        DataError: It is no archive, it is damaged, names a member twice, or unpacks to more.
    """
    with readable(name, "an archive"):
        _check_directory(file, name)
        with zipfile.ZipFile(file) as archive:
            _check_members(archive, name, most)
            yield archive


@contextmanager
def readable(name: str, kind: str) -> Iterator[None]:
    """Turn whatever a reader says of a damaged file into one sentence.

    Raises:
        DataError: The file is damaged.
    """
    try:
        yield
    except EchospanError:
        raise
    except BROKEN as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"{name} cannot be read as {kind}: {said.rstrip('.')}.") from None


def _check_directory(file: BinaryIO, name: str) -> None:
    """Look at the size of the table of contents, which `zipfile` reads whole."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    file.seek(0)
    directory = 0
    if (at := tail.rfind(_END)) >= 0 and len(tail) >= at + 16:
        directory = struct.unpack_from("<I", tail, at + 12)[0]
    if directory == 0xFFFFFFFF and (at := tail.rfind(_END_64)) >= 0 and len(tail) >= at + 48:
        directory = struct.unpack_from("<Q", tail, at + 40)[0]
    if directory > ARCHIVE_DIRECTORY:
        raise DataError(
            f"{name} cannot be read as an archive: its table of contents holds "
            f"{shown_bytes(directory)}, and {shown_bytes(ARCHIVE_DIRECTORY)} are read."
        )


def _check_members(archive: zipfile.ZipFile, name: str, most: int) -> None:
    members = archive.infolist()
    if len(members) > MEMBERS:
        raise DataError(f"{name} holds {len(members):,} files; at most {MEMBERS:,} are read.")
    seen: set[str] = set()
    for member in members:
        if member.filename in seen:
            raise DataError(f"{name} holds {member.filename[:80]!r} twice. Save it again.")
        seen.add(member.filename)
    size = sum(member.file_size for member in members)
    if size > most and not lifted():
        raise DataError(
            f"{name} unpacks to {shown_bytes(size)}; at most {shown_bytes(most)} are read. {HOW}"
        )
