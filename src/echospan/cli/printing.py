"""Where a command prints: its report to one stream, everything else to standard error.

While a command runs, `sys.stdout` is standard error, so that what the user's code prints never
stands in the report. Only the functions here know where the report goes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

from echospan.foreign import one_line, visible

if TYPE_CHECKING:
    from rich.console import Console

_report: TextIO | None = None
_tell: Callable[[str], None] | None = None


@contextmanager
def reporting() -> Iterator[None]:
    """Keep standard output for the report; what else is printed goes to standard error."""
    global _report
    before, _report = (_report, sys.stdout), sys.stdout
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        _report, sys.stdout = before


def report_stream() -> TextIO:
    """Where the report goes."""
    return _report or sys.stdout


def tell_through(tell: Callable[[str], None] | None) -> None:
    """Let `say` hand its lines to this function; None: print them."""
    global _tell
    _tell = tell


def say(line: object) -> None:
    """One line on standard error, which may be closed or full."""
    text = one_line(line)
    with suppress(OSError, ValueError, AttributeError):
        if _tell is not None:
            _tell(text)
        else:
            print(text, file=sys.stderr, flush=True)


def out() -> Console:
    """For results: the report's stream."""
    from echospan.console import Terminal

    return Terminal(file=report_stream())


def err() -> Console:
    """For everything else: standard error."""
    from echospan.console import Terminal

    return Terminal(stderr=True)


def print_text(text: str) -> None:
    """Plain text as it is, but for characters that a terminal would obey."""
    stream = report_stream()
    stream.write(visible(text, lines=True) + "\n")
    stream.flush()


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on standard output. Numbers that are not finite become null."""
    stream = report_stream()
    stream.write(json_line(value, stream.encoding) + "\n")
    stream.flush()


def json_line(value: Mapping[str, Any], encoding: str | None = "utf-8") -> str:
    """The object in one line; what isn't printed, or that the encoding lacks, is escaped."""
    import json

    from echospan.results.data import finite

    wide = (encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(finite(value), ensure_ascii=not wide)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
