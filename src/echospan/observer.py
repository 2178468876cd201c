"""Progress callbacks of a running experiment, and how to stop it."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from types import FrameType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

MOST_NAMED = 20
"""Runs that are named when they are stopped."""


class Observer:
    """Progress callback; the base class ignores all events."""

    def describe(self, run_id: str, config: Mapping[str, Any]) -> None:
        """The stored run `run_id`, whose settings are `config`, is trained next."""

    def begin(self, label: str, epochs: int, done: int = 0) -> None:
        """Training of `label` starts, or continues after `done` epochs."""

    def progress(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Training has reached `epoch`; `logs` holds the results of the last epoch."""

    def end(self) -> None:
        """Training ended."""

    def result(self, numbers: Mapping[str, float]) -> None:
        """The run was judged; these are the numbers that came out."""

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

    Args:
        command: The command that goes on with them.
    """

    def __init__(self, *run_ids: str, command: str = "run") -> None:
        self.run_ids = run_ids
        self.run_id = run_ids[0]
        again = " ".join(f"--resume {run_id}" for run_id in run_ids[:MOST_NAMED])
        more = len(run_ids) - MOST_NAMED
        rest = f" (and {more} more: echospan runs list --state interrupted)" if more > 0 else ""
        super().__init__(f"Stopped. Go on with: echospan {command} {again}{rest}")


class Halted(Exception):
    """The user asked to stop, inside a piece of work that knows of no stored run."""


def halt_if(stop: Callable[[], bool] | None) -> None:
    """Look whether the user asked to stop: called between any two pieces of work.

    Raises:
        Halted: They did.
    """
    if stop is not None and stop():
        raise Halted("Stopped.")


_heeded: ContextVar[Callable[[], bool] | None] = ContextVar("heeded", default=None)

PATIENCE_SECONDS = 0.5
"""A piece of work that takes less is done to its end after a request to stop."""


@contextmanager
def heeding(stop: Callable[[], bool] | None) -> Iterator[None]:
    """Let work inside the block, however deep, ask `stop`; without one, as the block around it."""
    token = _heeded.set(stop or _heeded.get())
    try:
        yield
    finally:
        _heeded.reset(token)


def heeds_stop(function: Callable[P, R]) -> Callable[P, R]:
    """Let all work inside a function, however deep, ask its keyword argument `stop`."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with heeding(kwargs.get("stop")):  # type: ignore[arg-type]
            return function(*args, **kwargs)

    return call


def asked() -> bool:
    """Whether the user asked to stop, where the work was begun by `heeding`."""
    stop = _heeded.get()
    return stop is not None and stop()


def halt_if_late(began: float) -> None:
    """Look whether the user asked to stop, in work that has taken a while already.

    Args:
        began: When it began, by `time.perf_counter`.

    Raises:
        Halted: They did.
    """
    if time.perf_counter() - began > PATIENCE_SECONDS:
        halt_if(asked)


SAME_PRESS_SECONDS = 0.2
"""A signal sent to a whole group may arrive twice: what comes so soon after another is the same."""

ENDING_SECONDS = 5.0
"""For so long after an interrupt, a further one finds the work ending already."""


class Stop:
    """Whether the user asked to stop."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._last = -math.inf
        self._interrupted = -math.inf
        self._keeping = False

    def __call__(self) -> bool:
        """Whether it is time to stop."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask to stop at the next safe place."""
        self._event.set()

    @contextmanager
    def on_interrupt(self) -> Iterator[None]:
        """Take the first Ctrl-C (or SIGTERM) as a request; a second one interrupts at once.

        One more, while that interrupt puts things in order, does nothing.
        """

        def handle(number: int, frame: FrameType | None) -> None:
            now = time.monotonic()
            last, self._last = self._last, now
            if now - last < SAME_PRESS_SECONDS:
                return
            if not self._event.is_set():
                self._event.set()
            elif not self._keeping and now - self._interrupted >= ENDING_SECONDS:
                self._interrupted = now
                raise KeyboardInterrupt

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

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Let no Ctrl-C interrupt the block: it writes what was found out."""
        before, self._keeping = self._keeping, True
        try:
            yield
        finally:
            self._keeping = before
