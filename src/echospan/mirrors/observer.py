"""An observer that also mirrors: what it hears goes to another observer, and to the libraries."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from echospan.mirrors.copy import FINISH_SECONDS, MIRROR, Copy
from echospan.mirrors.libraries import Library, library
from echospan.observer import Observer


class Warns(Observer):
    """For calls from Python, which show no progress: what a mirror says becomes a warning."""

    def note(self, text: str) -> None:
        """Keep lines of mirrors; others say what a run is about to do, which the caller knows."""
        if text.startswith(MIRROR):
            warnings.warn(text, UserWarning, stacklevel=2)


@contextmanager
def mirroring(observer: Observer, names: str | Sequence[str] | None) -> Iterator[Observer]:
    """The observer with mirrors beside it; at the end of the block their copies are ended.

    Args:
        observer: What shows progress here.
        names: One or more names of `LIBRARIES`; without any, the observer itself is given back.

    Raises:
        ConfigError: A name that there isn't.
    """
    if not names:
        yield observer
        return
    shared = Shared(observer, [names] if isinstance(names, str) else list(dict.fromkeys(names)))
    try:
        yield Mirrored(observer, shared)
    finally:
        shared.finish()


class Shared:
    """What the mirrors of several runs have in common: the libraries, and one warning for each."""

    def __init__(self, observer: Observer, names: Sequence[str]) -> None:
        self.libraries: dict[str, Library] = {name: library(name) for name in names}
        self._observer = observer
        self._warned: set[str] = set()
        self._lock = threading.Lock()
        self._copies: list[Copy] = []

    def copies(self, run_name: str, config: Mapping[str, Any]) -> list[Copy]:
        """Begin the copies of a run; none in a library that has failed."""
        made = []
        for name, each in self.libraries.items():
            if name not in self._warned:
                warn = self._warner(name)
                made.append(Copy(each, name, run_name, config, warn))
        with self._lock:
            self._copies = [each for each in self._copies if not each.ended] + made
        return made

    def finish(self) -> None:
        """End all copies; together they get as long as one."""
        until = time.monotonic() + FINISH_SECONDS
        for copy in self._copies:
            copy.close()
        for copy in self._copies:
            copy.finish(max(0.1, until - time.monotonic()))

    def _warner(self, name: str) -> Any:
        def warn(line: str) -> None:
            with self._lock:
                if name in self._warned:
                    return
                self._warned.add(name)
            self._observer.note(line)

        return warn


class Mirrored(Observer):
    """Passes everything on to another observer, and the numbers of its run to mirrors."""

    def __init__(self, observer: Observer, shared: Shared) -> None:
        self._observer, self._shared = observer, shared
        self._copies: list[Copy] = []
        self._step = 0

    def describe(self, run_id: str, config: Mapping[str, Any]) -> None:
        """Begin the copies."""
        self._observer.describe(run_id, config)
        self._copies = self._shared.copies(run_id, config)

    def begin(self, label: str, epochs: int, done: int = 0) -> None:
        """Pass it on."""
        self._observer.begin(label, epochs, done)

    def progress(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Log the last epoch's numbers."""
        self._observer.progress(epoch, logs)
        self._log(epoch, logs)

    def end(self) -> None:
        """Pass it on; the result follows."""
        self._observer.end()

    def result(self, numbers: Mapping[str, float]) -> None:
        """Log what it was judged as, and end the copies."""
        self._observer.result(numbers)
        self._log(self._step, numbers)
        for copy in self._copies:
            copy.close()

    def wait(self, seconds: float) -> None:
        """Wait until its copies have ended, for so long at most."""
        for copy in self._copies:
            copy.finish(seconds)

    def part(self, label: str, parts: int) -> Observer:
        """One of several runs, with copies of its own."""
        return Mirrored(self._observer.part(label, parts), self._shared)

    def note(self, text: str) -> None:
        """Pass it on."""
        self._observer.note(text)

    def _log(self, step: int, numbers: Mapping[str, float]) -> None:
        self._step = step
        for copy in self._copies:
            copy.log(step, numbers)
