"""The copy of one run in a library: three calls, init, log and finish, in a thread of its own.

The thread keeps training from waiting for a network, gives libraries that remember "the run of this
thread" one run a thread, and lets a call that hangs be left behind.
"""

from __future__ import annotations

import json
import math
import os
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from queue import Full, Queue
from typing import Any

from echospan.extras import needs
from echospan.mirrors.libraries import Library

MOST_WAITING = 1000
"""Steps that wait for a slow library; further ones are left out."""

FINISH_SECONDS = 60.0
"""How long the end of the work waits for a library; then it is left behind."""

END = None

MIRROR = "The mirror "
"""How lines about a mirror that failed begin."""


class Copy:
    """One run's copy. No call raises, and none waits, but `finish` for a limited time.

    Args:
        library: Where.
        name: What the user calls the library.
        run_name: What it is to call the run.
        config: The run's settings.
        warn: Is given one line when the copy fails, once.
        project: What runs are grouped under.
    """

    def __init__(
        self,
        library: Library,
        name: str,
        run_name: str,
        config: Mapping[str, Any],
        warn: Callable[[str], None],
        *,
        project: str = "echospan",
    ) -> None:
        self._library, self._name, self._warn = library, name, warn
        flat = dict(_flat(config))
        self._values: dict[str, Any] = {
            "project": project,
            "name": run_name,
            "config": dict(config),
            "flat": flat,
            "folder": _folder(run_name),
            "text": "\n".join(f"    {key} = {value}" for key, value in flat.items()),
        }
        self._steps: Queue[tuple[int, dict[str, float]] | None] = Queue(MOST_WAITING)
        self._failed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name=f"mirror-{name}", daemon=True)
        self._thread.start()

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add numbers, those that are finite."""
        kept = {key: float(value) for key, value in metrics.items() if math.isfinite(value)}
        if kept and not self._failed:
            with suppress(Full):
                self._steps.put_nowait((step, kept))

    def close(self) -> None:
        """Say that nothing follows. Does not wait."""
        while True:
            try:
                self._steps.put_nowait(END)
                return
            except Full:
                # The last of them makes room: its end matters more than one step.
                self._steps.get_nowait()

    @property
    def ended(self) -> bool:
        """Whether nothing more is done for it."""
        return not self._thread.is_alive()

    def finish(self, seconds: float = FINISH_SECONDS) -> None:
        """End it, and wait for the library, for so long at most."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._fail("it did not end in time")

    def _work(self) -> None:
        try:
            with warnings.catch_warnings():
                # Of the library, about itself.
                warnings.simplefilter("ignore")
                self._mirror()
        except BaseException as error:
            if isinstance(error, ImportError):
                self._fail(str(error))
            else:
                self._fail(f"{type(error).__name__}: {error}")

    def _mirror(self) -> None:
        library, values = self._library, self._values
        needs("It", library.module)
        module = import_module(library.module)
        if library.before is not None:
            library.before.make(module, None, values)
        run = library.init.make(module, None, values)
        if library.after is not None:
            library.after.make(module, run, values)
        while (step := self._steps.get()) is not END:
            number, metrics = step
            if not library.each:
                library.log.make(module, run, {**values, "metrics": metrics, "step": number})
                continue
            for metric, value in metrics.items():
                own = {**values, "metric": metric, "number": value, "step": number}
                library.log.make(module, run, own)
        library.finish.make(module, run, values)

    def _fail(self, why: str) -> None:
        with self._lock:
            if self._failed:
                return
            self._failed = True
        first = " ".join(why.split())[:200]
        self._warn(f"{MIRROR}{self._name} stopped, the run goes on: {first}")


def _flat(content: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Settings with dotted names; what is no number or text, as JSON."""
    found: list[tuple[str, Any]] = []
    for key, value in content.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{before}{key}.")
        elif isinstance(value, str | int | float):
            found.append((f"{before}{key}", value))
        else:
            found.append((f"{before}{key}", json.dumps(value, default=str)))
    return found


def _folder(run_name: str) -> str:
    """Where TensorBoard's files of a run go."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in run_name)
    return str(Path(os.environ.get("TENSORBOARD_LOGDIR") or "tensorboard") / safe)
