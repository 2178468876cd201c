"""What a command's process tells the one that waits for it, as frames in a pipe."""

from __future__ import annotations

import os
import stat
import struct
import threading
from collections.abc import Iterator
from typing import BinaryIO

OUTPUT, LINE, DONE = b"o", b"l", b"d"
"""Bytes of the report, a line for standard error, and the end: exit code, length of the report."""

_HEAD = struct.Struct(">cI")
_END = struct.Struct(">iQ")
LONGEST = 1 << 20


class Broken(Exception):
    """What came through the pipe is no frame."""


class Sender:
    """The writing end. Whatever the user's code closes or forks, no wrong frame is sent.

    Args:
        handle: A descriptor of the pipe.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._process = os.getpid()
        self._pipe = self._identity()
        self._sent = 0
        # A forked process is not to wait for a lock that its parent's thread held.
        self._lock = threading.Lock()

    def output(self, content: bytes) -> None:
        """A part of the report."""
        for start in range(0, len(content), LONGEST):
            part = content[start : start + LONGEST]
            self._send(OUTPUT, part)
            self._sent += len(part)

    def line(self, text: str) -> None:
        """A line for standard error."""
        self._send(LINE, text.encode("utf-8", "backslashreplace")[:LONGEST])

    def done(self, code: int) -> None:
        """The report is complete."""
        self._send(DONE, _END.pack(code, self._sent))

    def is_own(self) -> bool:
        """Whether this is the process that the pipe was made for, and not a fork of it."""
        return os.getpid() == self._process

    def _send(self, kind: bytes, content: bytes) -> None:
        if not self.is_own():
            return
        with self._lock:
            # Closed by the user's code, its number may be another file's by now.
            if self._identity() != self._pipe:
                raise OSError("the pipe to the waiting process was closed")
            left = memoryview(_HEAD.pack(kind, len(content)) + content)
            while left:
                left = left[os.write(self._handle, left) :]

    def _identity(self) -> tuple[bool, int, int]:
        try:
            status = os.fstat(self._handle)
        except OSError:
            return False, 0, 0
        return stat.S_ISFIFO(status.st_mode), status.st_dev, status.st_ino


def received(pipe: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The frames that come through the pipe, until its end.

    Raises:
        Broken: Something else came.
    """
    while head := _exactly(pipe, _HEAD.size):
        kind, size = _HEAD.unpack(head)
        if kind not in (OUTPUT, LINE, DONE) or size > LONGEST:
            raise Broken
        content = _exactly(pipe, size) if size else b""
        if len(content) < size:
            raise Broken
        yield kind, content


def ending(content: bytes) -> tuple[int, int]:
    """Exit code and length of the report, from the last frame."""
    if len(content) != _END.size:
        raise Broken
    code, sent = _END.unpack(content)
    return code, sent


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    parts, left = [], size
    while left:
        part = pipe.read(left)
        if not part:
            if left < size:
                raise Broken
            return b""
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
