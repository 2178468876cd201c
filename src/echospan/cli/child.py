"""The process that runs a command: its report goes through a pipe, all else to standard error.

This is no sandbox. The user's code runs with the user's rights; it only cannot end the command
with an exit code of its own, or write into the report by printing.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import NoReturn

from echospan.cli.ending import BAD_INPUT, end
from echospan.cli.frames import Sender
from echospan.cli.interrupts import interrupt_once
from echospan.cli.printing import tell_through
from echospan.cli.streams import Report, open_missing


def main(program: str, parent: int, terminal: bool, encoding: str, columns: int | None) -> NoReturn:
    """Run the command line of this process, hand over its report, and end.

    Args:
        program: What stood before the command line in the process that waits.
        parent: The process that waits. When it ends, so does this one.
        terminal: Whether the report ends up in a terminal.
        encoding: The report's encoding.
        columns: The width of that terminal, where it can't be asked for here.
    """
    _end_with(parent)
    open_missing()
    sender = Sender(_pipe())
    sys.argv[:] = [program, *sys.argv[1:]]
    if columns is not None:
        os.environ["COLUMNS"] = str(columns)
    report = Report(sender.output, terminal, encoding)
    own, sys.stdout = sys.stdout, report
    # Written at once, so that prints of the user's code and of programs that it starts mix as
    # they happen.
    with suppress(AttributeError, OSError, ValueError):
        own.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    tell_through(sender.line)
    try:
        with interrupt_once():
            code = _run(report)
            if sender.is_own():
                sys.stdout = sys.stderr
                sender.done(code)
                _tidy_up()
    except BaseException:
        code = BAD_INPUT
    # Threads that the user's code left running are not waited for.
    os._exit(code)


def _run(report: Report) -> int:
    from echospan.cli.main import prepare, run

    prepare()
    code = run(sys.argv[1:])
    try:
        report.flush()
    except BaseException as error:
        code = end(error)
    return code


def _tidy_up() -> None:
    """What Python does at its end, but for waiting for threads.

    The report is handed over: Ctrl-C would only leave a traceback. The process that waits ends
    this one if it takes too long.
    """
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(Exception, SystemExit):
        atexit._run_exitfuncs()
    for stream in (sys.__stdout__, sys.stderr):
        with suppress(Exception):
            if stream is not None:
                stream.flush()


def _pipe() -> int:
    """Take the pipe, and let descriptor 1 be standard error from here on."""
    pipe = os.dup(1)
    try:
        import fcntl

        # Far from the numbers that new files get, and that old code closes out of habit.
        far = fcntl.fcntl(pipe, fcntl.F_DUPFD_CLOEXEC, 100)
        os.close(pipe)
        pipe = far
    except (ImportError, OSError):
        pass
    os.dup2(2, 1)
    return pipe


def _end_with(parent: int) -> None:
    """End this process when the one that waits for it has ended: no one would stop it then."""
    if sys.platform == "linux":
        with suppress(Exception):
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
            if os.getppid() != parent:
                os._exit(BAD_INPUT)
            return
    if os.name != "nt":
        with suppress(RuntimeError):
            threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(BAD_INPUT)
