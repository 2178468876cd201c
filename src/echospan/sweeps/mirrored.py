"""Units of a sweep, mirrored as they finish: from the store, by the driver.

Workers need neither the mirror's library nor a network for it, and the same happens on each engine.
One thread copies one unit after the other, and what is not copied when the sweep ends, and a while
later, is counted and left out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from echospan.errors import EchospanError
from echospan.mirrors import Mirrored
from echospan.mirrors.copy import FINISH_SECONDS
from echospan.mirrors.observer import Shared
from echospan.store.detached import DetachedRun
from echospan.sweeps.progress import Counts, SweepObserver

STEPS = 200
"""Steps of a unit's history that are copied, evenly spread; the last is among them."""


@contextmanager
def mirrored(
    observer: SweepObserver,
    names: str | Sequence[str] | None,
    row: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> Iterator[SweepObserver]:
    """The observer of a sweep with mirrors beside it.

    Args:
        observer: What shows progress here.
        names: One or more names of `echospan.mirrors.LIBRARIES`, or none.
        row: The numbers of a finished unit's result.
    """
    if not names:
        yield observer
        return
    shared = Shared(observer, [names] if isinstance(names, str) else list(dict.fromkeys(names)))
    copying = MirroredSweep(observer, shared, row)
    try:
        yield copying
    finally:
        copying.end()


class MirroredSweep(SweepObserver):
    """Passes everything on, and copies finished units in a thread of its own."""

    def __init__(
        self,
        observer: SweepObserver,
        shared: Shared,
        row: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    ) -> None:
        self._observer, self._shared, self._row = observer, shared, row
        self._waiting: SimpleQueue[Path | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="mirrors", daemon=True)
        self._thread.start()

    def counts(self, counts: Counts) -> None:
        """Pass it on."""
        self._observer.counts(counts)

    def note(self, text: str) -> None:
        """Pass it on."""
        self._observer.note(text)

    def finished(self, folder: Path) -> None:
        """Copy a unit, soon."""
        self._observer.finished(folder)
        self._waiting.put(folder)

    def end(self) -> None:
        """Wait for the copies for a while, and say what was left out."""
        self._waiting.put(None)
        self._thread.join(FINISH_SECONDS)
        left = self._waiting.qsize()
        if self._thread.is_alive() and left:
            self._observer.note(f"{left} finished units were not mirrored in time. They are kept.")

    def _work(self) -> None:
        while (folder := self._waiting.get()) is not None:
            try:
                self._copy(folder)
            # A unit that was removed meanwhile, say. It is no reason to leave the others out.
            except (EchospanError, OSError, ValueError):
                continue

    def _copy(self, folder: Path) -> None:
        run = DetachedRun(folder, "")
        result = run.load_result()
        copy = Mirrored(SweepObserver(), self._shared)
        copy.describe(run.id, run.config)
        for step, numbers in _steps(run):
            copy.progress(step, numbers)
        numbers = {
            f"result/{name}": float(value)
            for name, value in self._row(result).items()
            if isinstance(value, int | float)
        }
        copy.result(numbers)
        copy.wait(FINISH_SECONDS)


def _steps(run: DetachedRun) -> Iterator[tuple[int, dict[str, float]]]:
    """Some steps of a run's history, by epoch."""
    try:
        history = run.load_history()
    except EchospanError:
        # A sheet has none, and a model without training neither.
        return
    epochs = np.asarray(history.pop("epoch", ()))
    every = max(1, -(-len(epochs) // STEPS))
    for place in range((len(epochs) - 1) % every, len(epochs), every):
        yield int(epochs[place]), {name: float(each[place]) for name, each in history.items()}
