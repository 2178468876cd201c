"""Run a command that may run the user's code in a process of its own, and judge how that ended.

The user's code may end its process in any way, with any exit code. So the process says through a
pipe that its report is complete, and what its exit code is to be; without that, it is 2.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from echospan.cli.ending import BAD_INPUT, INTERRUPTED
from echospan.cli.frames import DONE, LINE, Broken, ending, received
from echospan.cli.printing import say
from echospan.cli.streams import (
    READER_GONE,
    OutputLost,
    ReaderGone,
    deliver,
    terminal_and_encoding,
    write_out,
)

USER_CODE = (
    *("check", "code", "compare", "conform", "diagnose", "explain", "export", "forecast", "list"),
    *("predict", "report", "run", "serve", "show", "span", "stream", "sweep", "uses"),
)
"""Commands that import or call what a user or another package wrote."""

ENDS_IN_SECONDS = 20.0
"""Time that a process has to end after it has handed over its report."""

PASSED_ON = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))


def runs_user_code(given: Sequence[str]) -> bool:
    """Whether this command line may run the user's code, and Python can be started once more."""
    if not given or not sys.executable:
        return False
    if given[0] == "runs":
        return "export" in given
    if given[0] == "list":
        return len(given) > 1 and "recipes" not in given
    return given[0] in USER_CODE and list(given[1:]) != ["--help"]


def supervise(given: Sequence[str], *, live: bool) -> int:
    """Run the command line in a process of its own; the exit code.

    Args:
        given: What was typed after the program's name.
        live: Whether its output is written at once, not when the report is complete.
    """
    from echospan.cli.boot import command

    early: list[int] = []
    before = {number: signal.getsignal(number) for number in PASSED_ON}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, lambda number, frame: early.append(number))
        try:
            process = subprocess.Popen(
                command(given, *terminal_and_encoding(sys.stdout)),
                stdout=subprocess.PIPE,
                bufsize=0,
                # As `--data <(unzip ...)` needs; what Python opened itself is closed all the same.
                close_fds=False,
            )
        except (OSError, ValueError, MemoryError) as error:
            say(f"error: The command's process can't be started: {error}.")
            return BAD_INPUT
        code = _Waiting(process, live, early).result()
        # Only Python's own end is left; a second Ctrl-C would take the exit code away.
        before[signal.SIGINT] = signal.SIG_IGN
        return code
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Waiting:
    """Waits for one process, takes what it tells, and passes signals on to it."""

    def __init__(self, process: subprocess.Popen[bytes], live: bool, early: list[int]) -> None:
        self.process = process
        self.live = live
        self.early = early
        self.output: list[bytes] = []
        self.written = 0
        self.done: tuple[int, int] | None = None
        self.handed_over = 0.0
        self.lost: ReaderGone | OutputLost | None = None
        self.signals: list[int] = []

    def result(self) -> int:
        """Wait until it has ended; the exit code."""
        reader = threading.Thread(target=self._read, daemon=True)
        with _blocked() as watched:
            try:
                reader.start()
            except (RuntimeError, MemoryError) as error:
                self.process.kill()
                self.process.wait()
                say(f"error: The command's process can't be watched: {error}.")
                return BAD_INPUT
            self._wait(watched)
        # All that it wrote is in the pipe by now. A process that the user's code left behind may
        # hold the pipe open, so there need not be an end to it.
        reader.join(2.0)
        return self._judge()

    def _read(self) -> None:
        pipe = self.process.stdout
        assert pipe is not None
        try:
            for kind, content in received(pipe):  # type: ignore[arg-type]
                if kind == DONE:
                    self.done = ending(content)
                    self.handed_over = time.monotonic()
                    return
                self._take(kind, content)
        except (ReaderGone, OutputLost) as lost:
            self.lost = lost
        except (Broken, OSError, ValueError):
            pass  # Without an end there is no report.
        finally:
            # Nothing more is taken: a process that goes on writing is told so.
            pipe.close()

    def _take(self, kind: bytes, content: bytes) -> None:
        if kind == LINE:
            say(content.decode("utf-8", "replace"))
            return
        self.written += len(content)
        if self.live:
            write_out(content)
        else:
            self.output.append(content)

    def _wait(self, watched: set[int]) -> None:
        for number in self.early:
            self._pass_on(number, from_terminal=_in_foreground())
        if not watched:
            self._poll()
        while self.process.poll() is None:
            info = signal.sigtimedwait(watched, 0.25)
            if info is not None and info.si_signo != signal.SIGCHLD:
                # Above 0 it is the system's: the terminal's, whose processes all get it.
                self._pass_on(info.si_signo, from_terminal=info.si_code > 0)
            self._end_in_time()

    def _poll(self) -> None:
        def handle(number: int, frame: FrameType | None) -> None:
            self._pass_on(number, from_terminal=_in_foreground())

        for number in PASSED_ON:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, handle)
        while self.process.poll() is None:
            time.sleep(0.02)
            self._end_in_time()

    def _pass_on(self, number: int, *, from_terminal: bool) -> None:
        self.signals.append(number)
        if not from_terminal:
            with suppress(OSError, ValueError):
                self.process.send_signal(number)

    def _end_in_time(self) -> None:
        if self.done and time.monotonic() - self.handed_over > ENDS_IN_SECONDS:
            self.process.kill()

    def _judge(self) -> int:
        status = self.process.returncode
        complete = self.done is not None and self.done[1] == self.written
        if complete and self.done is not None and self.done[0] == status:
            if self.live:
                return status
            code, line = deliver(b"".join(self.output), status)
            if line:
                say(line)
            return code
        if complete and not self.live:
            # What was found is not withheld, though the exit code says that something went wrong.
            deliver(b"".join(self.output), BAD_INPUT)
        return self._ended_badly(status, complete)

    def _ended_badly(self, status: int, complete: bool) -> int:
        if self.lost is not None:
            if isinstance(self.lost, ReaderGone):
                return READER_GONE
            say(f"error: Cannot write to standard output: {self.lost}.")
            return BAD_INPUT
        stopped = {-number for number in self.signals}
        if status == -signal.SIGINT or status in stopped:
            say("Stopped.")
            return INTERRUPTED if status == -signal.SIGINT else 128 - status
        when = "after it had handed over its report" if complete else "before there was a report"
        say(f"error: The process that runs your code {_how(status)} {when}.")
        return BAD_INPUT


@contextmanager
def _blocked() -> Iterator[set[int]]:
    """Hold signals back, to take them one by one: only so is it known who has sent them.

    In all threads that begin meanwhile. Nothing is held back where the system can't tell.
    """
    if not hasattr(signal, "sigtimedwait"):
        yield set()
        return
    watched = {number for number in PASSED_ON if signal.getsignal(number) != signal.SIG_IGN}
    watched.add(signal.SIGCHLD)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    try:
        yield watched
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _how(status: int) -> str:
    if status >= 0:
        return f"ended with exit code {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    why = {
        "SIGKILL": ", which the system does when memory runs out,",
        "SIGSEGV": " (a crash of the interpreter or of a library)",
        "SIGABRT": " (a crash of the interpreter or of a library)",
    }.get(name, "")
    return f"was ended by {name}{why}"


def _in_foreground() -> bool:
    """Whether a key on the terminal reaches this process's whole group."""
    for number in (0, 1, 2):
        with suppress(OSError, AttributeError):
            return os.tcgetpgrp(number) == os.getpgrp()
    return os.name == "nt"
