"""Progress callbacks of a running experiment, and how to stop it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

MOST_NAMED = 20
"""Runs that are named when they are stopped."""


class Observer:
    """Progress callback; the base class ignores all events."""

    def begin(self, label: str, epochs: int, done: int = 0) -> None:
        """Training of `label` starts, or continues after `done` epochs."""

    def progress(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Training has reached `epoch`; `logs` holds the results of the last epoch."""

    def end(self) -> None:
        """Training ended."""

    def part(self, label: str, parts: int) -> Observer:
        """Return the callback of one of `parts` concurrent trainings, called from its thread."""
        return self

    def note(self, text: str) -> None:
        """One line that the user should see."""


class Stopped(Exception):
    """The user asked to stop; everything done so far is stored.

    Attributes:
        run_ids: The runs that were cut off.
        run_id: The first of them.
    """

    def __init__(self, *run_ids: str) -> None:
        self.run_ids = run_ids
        self.run_id = run_ids[0]
        again = " ".join(f"--resume {run_id}" for run_id in run_ids[:MOST_NAMED])
        more = len(run_ids) - MOST_NAMED
        rest = f" (and {more} more: echospan runs list --state interrupted)" if more > 0 else ""
        super().__init__(f"Stopped. Continue with: echospan run {again}{rest}")


class Halted(Exception):
    """The user asked to stop, inside a piece of work that knows of no stored run."""


def halt_if(stop: Callable[[], bool] | None) -> None:
    """Look whether the user asked to stop: called between any two pieces of work.

    Raises:
        Halted: They did.
    """
    if stop is not None and stop():
        raise Halted("Stopped.")


class Stop:
    """Whether the user asked to stop."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __call__(self) -> bool:
        """Whether it is time to stop."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask to stop at the next safe place."""
        self._event.set()

    @contextmanager
    def on_interrupt(self) -> Iterator[None]:
        """Take the first Ctrl-C (or SIGTERM) as a request; a second one interrupts at once."""

        def handle(number: int, frame: FrameType | None) -> None:
            if self._event.is_set():
                raise KeyboardInterrupt
            self._event.set()

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
