"""The entry point: choose where a command line is run, and turn what happens into an exit code.

It imports little: where the command runs in a process of its own, this one only waits for it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from echospan.cli.ending import BAD_INPUT, INTERRUPTED, Ended, end
from echospan.cli.interrupts import ignore_interrupts
from echospan.cli.printing import say
from echospan.cli.refusal import asks_for_help, in_one_line, is_of_parser
from echospan.cli.streams import Report, deliver, open_missing, terminal_and_encoding, write_out

if TYPE_CHECKING:
    import typer

MOVED = {"bench": "make bench", "verify": "make verify"}
"""Commands that left the package, and what takes their place in a clone of the repository."""

LIVE = ("lab", "serve", "stream", "tour")
"""Commands that print while they work. What others print is written when it is whole."""


def main(
    arguments: Sequence[str] | None = None,
    app: typer.Typer | None = None,
    name: str = "echospan",
) -> None:
    """Run a command line and exit: 0 done, 1 errors found, 2 bad input, 130 interrupted.

    A command that may run the user's code runs in a process of its own. Exit codes 0 and 1 are
    given only after it has handed over a complete report.

    Args:
        arguments: What was typed after the name; left out, those of this process.
        app: The commands; left out, echospan's.
        name: The program, as its help calls it.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if problem := open_missing():
        say(f"error: {problem}")
        sys.exit(BAD_INPUT)
    if app is None:
        from echospan.cli.supervise import runs_user_code, supervise

        if runs_user_code(given):
            code = supervise(given, live=given[0] in LIVE)
            ignore_interrupts()
            sys.exit(code)
    code = _here(given, app, name)
    ignore_interrupts()
    sys.exit(code)


def _here(given: list[str], app: typer.Typer | None, name: str) -> int:
    """Run it in this process. Its report is written when it is whole."""
    from echospan.cli.interrupts import interrupt_once

    prepare()
    parts: list[bytes] = []
    live = app is None and bool(given) and given[0] in LIVE
    own = sys.stdout
    sink = (lambda content: write_out(content, own)) if live else parts.append
    report = Report(sink, *terminal_and_encoding(own))
    sys.stdout = report
    try:
        with interrupt_once():
            code = run(given, app, name)
            try:
                report.flush()
            except BaseException as error:
                code = end(error)
    finally:
        sys.stdout = own
    code, line = deliver(b"".join(parts), code, keep=app is not None)
    if line:
        say(line)
    return code


def prepare() -> None:
    """Set this process up for a command: garbage collection, and warnings in one line."""
    import gc
    import warnings

    # Tracing makes a million objects that live on: at Python's own threshold, looking through them
    # for garbage takes an eighth of a short run.
    gc.set_threshold(100_000, 20, 20)
    # A warning is for the user too: one line, without a place in the source.
    warnings.showwarning = lambda message, *_: say(f"warning: {message}")


def run(
    arguments: Sequence[str] | None = None,
    app: typer.Typer | None = None,
    name: str = "echospan",
) -> int:
    """Run a command line in this process; its exit code.

    Args:
        arguments: What was typed after the name; left out, those of this process.
        app: Its commands; left out, echospan's.
        name: The program, as its help calls it.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if app is None and given and given[0] in MOVED:
        place = MOVED[given[0]]
        say(f"error: {given[0]} is no longer a command; in a clone of the repository, use {place}")
        return BAD_INPUT
    try:
        if app is None:
            from echospan.cli.app import app as commands

            app = commands
        # Not as Typer ends a program: it draws a box of several lines around what is misspelt.
        code = app(args=given, prog_name=name, standalone_mode=False)
    except Ended as ended:
        return end(ended.error)
    except SystemExit as leaving:
        # Of the parser: commands end through `Ended` and `Leave`.
        code = leaving.code if isinstance(leaving.code, int) else 0
        if code == INTERRUPTED:
            say("Stopped.")
        return code
    except BaseException as error:
        if not is_of_parser(error):
            return end(error)
        if asks_for_help(error):
            error.show()  # type: ignore[attr-defined]
            return BAD_INPUT
        return end(in_one_line(error))
    return code if isinstance(code, int) else 0
