"""Ctrl-C outside of what knows how to stop: it interrupts once, and its echoes do nothing."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

ENDING_SECONDS = 2.0
"""For so long after Ctrl-C another one finds the command ending already."""


@contextmanager
def interrupt_once() -> Iterator[None]:
    """Raise KeyboardInterrupt at Ctrl-C, but not again while that one ends the command.

    A second one in the middle of tidying up would leave a traceback, and files half removed.
    """
    last = -ENDING_SECONDS

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= ENDING_SECONDS:
            last = now
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    # Ignored from the start, as under `nohup` and in background jobs, it stays ignored.
    if before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def ignore_interrupts() -> None:
    """Let Ctrl-C do nothing from here on: the command is done, and Python only ends.

    Raised while Python ends, KeyboardInterrupt would end the process by the signal, and its exit
    code would be lost.
    """
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
