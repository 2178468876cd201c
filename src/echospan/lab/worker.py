"""The process that does one piece of work for the lab: `python -m echospan.lab.worker`.

It reads one line of JSON from standard input and writes one line of JSON an event to standard
output. What it makes is an ordinary run or sheet of the store. Ctrl-C's signal stops it at the next
safe place.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from echospan.errors import EchospanError
from echospan.observer import Halted, Observer, Stop, Stopped

BETWEEN_SECONDS = 0.1
"""Progress is told no more often; the last of each training always is."""

Tell = Callable[..., None]


class Telling(Observer):
    """Tells progress as events."""

    def __init__(self, tell: Tell, label: str = "") -> None:
        self._tell, self._label = tell, label
        self._last = 0.0
        self._held: tuple[int, dict[str, float]] | None = None

    def describe(self, run_id: str, config: Mapping[str, Any]) -> None:
        """See `Observer.describe`."""
        self._tell("run", run_id=run_id)

    def begin(self, label: str, epochs: int, done: int = 0) -> None:
        """See `Observer.begin`."""
        self._label = label
        self._tell("begin", label=label, epochs=epochs, done=done)

    def progress(self, epoch: int, logs: Mapping[str, float]) -> None:
        """See `Observer.progress`."""
        known = {name: float(value) for name, value in logs.items()}
        self._held = (epoch, known)
        now = time.monotonic()
        if now - self._last >= BETWEEN_SECONDS:
            self._last = now
            self._flush()

    def end(self) -> None:
        """See `Observer.end`."""
        self._flush()
        self._tell("end", label=self._label)

    def part(self, label: str, parts: int) -> Observer:
        """See `Observer.part`."""
        return Telling(self._tell, label)

    def note(self, text: str) -> None:
        """See `Observer.note`."""
        self._tell("note", text=text)

    def _flush(self) -> None:
        if self._held is not None:
            epoch, logs = self._held
            self._held = None
            self._tell("progress", label=self._label, epoch=epoch, logs=logs)


def run(work: Mapping[str, Any], tell: Tell, stop: Stop) -> str:
    """Train a recipe; the id of its run."""
    from echospan.recipe import find
    from echospan.runner.session import Session
    from echospan.runner.study import resume, run_recipe
    from echospan.store import Store

    with Store(work["store"]) as store:
        session = Session(store, Telling(tell), stop)
        if work.get("resume"):
            return resume(session, store.get(work["resume"])).run_id
        found = run_recipe(
            session,
            find(work["recipe"]),
            work.get("settings", {}),
            variants=bool(work.get("variants")),
        )
        return found[0].run_id


class Lags(Telling):
    """Tells which lag and trial a sheet is at: how many there will be nobody knows before."""

    def begin(self, label: str, epochs: int, done: int = 0) -> None:
        """See `Observer.begin`."""
        self._tell("at", text=label)

    def progress(self, epoch: int, logs: Mapping[str, float]) -> None:
        """See `Observer.progress`."""

    def end(self) -> None:
        """See `Observer.end`."""

    def part(self, label: str, parts: int) -> Observer:
        """See `Observer.part`."""
        self._tell("at", text=label)
        return Lags(self._tell, label)


def span(work: Mapping[str, Any], tell: Tell, stop: Stop) -> str:
    """Measure the sheet of a model; its id."""
    import echospan
    from echospan.store import Store

    if work.get("resume"):
        run_id = str(work["resume"])
        echospan.span(resume=run_id, store=work["store"], observer=Lags(tell), stop=stop)
        return run_id
    made: list[str] = []

    class Watched(Store):
        """The store, which says what is made in it: sheets of other jobs grow beside this one."""

        def create(self, *given: Any, **named: Any) -> Any:
            run = super().create(*given, **named)
            if named.get("kind") == "span" and not made:
                made.append(run.id)
                tell("run", run_id=run.id)
            return run

    with Watched(work["store"]) as store:
        echospan.span(**work["settings"], store=store, observer=Lags(tell), stop=stop)
    return made[0]


VERBS = {"run": run, "span": span}


def main() -> None:
    """Do what standard input asks for, and tell of it."""
    work = json.loads(sys.stdin.readline())
    out, lock = sys.stdout, threading.Lock()
    # Whatever else prints must not stand between the events.
    sys.stdout = sys.stderr

    def tell(event: str, **rest: Any) -> None:
        line = json.dumps({"event": event, **rest}, allow_nan=True)
        with lock:
            out.write(line + "\n")
            out.flush()

    stop = Stop()
    with stop.on_interrupt():
        try:
            tell("done", run_id=VERBS[work["verb"]](work, tell, stop))
        except Stopped as stopped:
            tell("stopped", run_ids=list(stopped.run_ids))
        except (Halted, KeyboardInterrupt):
            tell("stopped", run_ids=[])
        except EchospanError as error:
            tell("failed", text=str(error))
        except Exception as error:
            # It has no other place to be read in.
            tell("failed", text=f"{type(error).__name__}: {error}"[:2000])


if __name__ == "__main__":
    main()
