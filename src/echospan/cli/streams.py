"""Standard input, output and error as they may be: closed, full, or read by no one any more."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

READER_GONE = 141
"""Exit code where output was cut off because its reader ended: as the shell says it of SIGPIPE."""


class ReaderGone(Exception):
    """Who reads standard output has ended, as `| head` does."""


class OutputLost(Exception):
    """Standard output can't be written to; the message says why."""


class Report(io.TextIOWrapper):
    """A text stream whose bytes go to a function; it looks like the terminal behind it.

    Args:
        sink: Takes the bytes, at each flush.
        terminal: Whether a terminal stands behind it.
        encoding: Its encoding. What can't be encoded is written out.
    """

    def __init__(self, sink: Callable[[bytes], object], terminal: bool, encoding: str) -> None:
        super().__init__(
            io.BufferedWriter(_Raw(sink), 1 << 16), encoding=encoding, errors="backslashreplace"
        )
        self._terminal = terminal

    def isatty(self) -> bool:
        """Whether a terminal stands behind it."""
        return self._terminal


class _Raw(io.RawIOBase):
    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink
        self._failed = False

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        taken = bytes(content)  # type: ignore[call-overload]
        # What is still buffered after a failure would fail again when the stream is closed.
        if not self._failed:
            self._failed = True
            self._sink(taken)
            self._failed = False
        return len(taken)


def open_missing() -> str:
    """Stand something harmless where a standard stream is closed, and say what is missing.

    The next file that is opened would take the stream's number otherwise, and what is printed
    would go into it.

    Returns:
        Why nothing can be reported; empty where something can.
    """
    absent = [number for number in (0, 1, 2) if not _is_open(number)]
    for number in absent:
        # The lowest free number is the one that a new descriptor gets.
        with suppress(OSError):
            os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
            if number:
                os.set_inheritable(number, True)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        return "Standard output is closed. Send it to a file, or to /dev/null."
    return ""


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def terminal_and_encoding(stream: TextIO) -> tuple[bool, str]:
    """What a report must know of the stream that it ends up in."""
    try:
        terminal = stream.isatty()
    except (OSError, ValueError):
        terminal = False
    return terminal, getattr(stream, "encoding", None) or "utf-8"


def write_out(content: bytes, stream: TextIO | None = None) -> None:
    """Write to standard output, which is that of the process where no other is given.

    Raises:
        ReaderGone: Its reader has ended.
        OutputLost: The system refuses.
    """
    stream = stream or sys.stdout
    try:
        binary = getattr(stream, "buffer", None)
        if binary is None:  # A notebook's, or a test's.
            stream.write(content.decode(getattr(stream, "encoding", None) or "utf-8"))
        else:
            binary.write(content)
        stream.flush()
    except BrokenPipeError:
        _drop_output(stream)
        raise ReaderGone from None
    except (OSError, ValueError) as error:
        _drop_output(stream)
        raise OutputLost(getattr(error, "strerror", None) or str(error)) from None


def _drop_output(stream: TextIO) -> None:
    """Let nothing be written at the end of the process that could not be written now."""
    with suppress(OSError, ValueError, AttributeError):
        # What a failed flush left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        stream.flush()


def kept_elsewhere(content: bytes) -> str:
    """Keep what standard output did not take, in a file; its path, or empty."""
    import tempfile

    for folder in (None, os.getcwd()):
        with suppress(OSError):
            handle, path = tempfile.mkstemp(prefix="echospan-output-", suffix=".txt", dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            return path
    return ""


def deliver(content: bytes, code: int, *, keep: bool = True) -> tuple[int, str]:
    """Write a complete report to standard output.

    Args:
        content: The report.
        code: The exit code where it can be written.
        keep: Whether it took work to make, and must not be lost.

    Returns:
        The exit code, and the line to say where it couldn't be written. The report is then in a
        file, or, where no file can be made either, on standard error.
    """
    if not content:
        return code, ""
    try:
        write_out(content)
    except ReaderGone:
        return code, ""
    except OutputLost as lost:
        line = f"error: Cannot write to standard output: {lost}."
        if not keep:
            return 2, line
        if path := kept_elsewhere(content):
            return 2, f"{line} What should have been written is in {path}."
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(content.decode("utf-8", "replace"))
        return 2, line
    return code, ""
