"""How a command ends: the exit code and the one line of everything that can go wrong."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from echospan.cli.printing import say
from echospan.cli.streams import READER_GONE, OutputLost, ReaderGone
from echospan.errors import EchospanError, OutOfMemory
from echospan.foreign import text_of
from echospan.observer import Halted, Stopped

BAD_INPUT = 2
INTERRUPTED = 130
TRACEBACK = "ECHOSPAN_TRACEBACK"
"""Environment variable: set to 1, the traceback of an unexpected error is printed, too."""


NO_ROOM = ("failed to map segment", "cannot allocate memory")
"""What a library's loader says where memory is missing."""


class Ended(BaseException):
    """Carries what ended a command past whoever would make an exit code of it.

    The user's code may raise `SystemExit(0)`, and the command line's parser takes that, and a few
    more, for a way to be done.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


def end(error: BaseException) -> int:
    """Say what ended a command; its exit code, which is never 0 or 1."""
    if isinstance(error, KeyboardInterrupt | Halted):
        say("Stopped.")
        return INTERRUPTED
    if isinstance(error, Stopped):
        say(text_of(error))
        return INTERRUPTED
    if isinstance(error, ReaderGone):
        return READER_GONE
    say(f"error: {_sentence(error)}")
    return BAD_INPUT


def _sentence(error: BaseException) -> str:
    if isinstance(error, EchospanError):
        return text_of(error)
    if isinstance(error, OutputLost):
        return f"Cannot write to standard output: {text_of(error)}."
    if isinstance(error, MemoryError):
        return str(OutOfMemory(text_of(error)))
    if isinstance(error, ImportError) and any(sign in text_of(error) for sign in NO_ROOM):
        return f"There is not enough memory to load a library: {text_of(error)}."
    if os.environ.get(TRACEBACK):
        _print_traceback(error)
    name = type(error).__name__
    if isinstance(error, SystemExit):
        return (
            f"The code that was run ended the program by sys.exit({_code(error)}), so there is no "
            "report. Let it return, or raise an error."
        )
    if isinstance(error, OSError) and error.strerror:
        place = f": {error.filename}" if error.filename is not None else ""
        return f"The system says: {error.strerror}{place}."
    where = _where(error)
    text = text_of(error)[:500]
    return f"{name}{f': {text}' if text else ''}{where}. {TRACEBACK}=1 shows where it came from."


def _code(error: SystemExit) -> str:
    try:
        return repr(error.code)[:100]
    except Exception:
        return "..."


def _where(error: BaseException) -> str:
    """The last line of the user's own code that the error came through, if there is one."""
    with suppress(Exception):
        from echospan.adapters.loading import line_of

        return line_of(error)
    return ""


def _print_traceback(error: BaseException) -> None:
    import traceback

    with suppress(Exception):
        traceback.print_exception(error, file=sys.stderr)
