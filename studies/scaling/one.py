"""A sweep of ready units in this process, measured part by part."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from echospan.results.sweep import SweepData
from echospan.store import Store
from echospan.sweeps import api
from echospan.sweeps.executors import EXECUTORS
from echospan.sweeps.ledger import Ledger
from echospan.sweeps.plan import Plan
from studies.scaling.ready import Simulated, sweep_of

LISTED = 1000
"""Runs that `runs list` shows."""

NAME = "simulated"


class Parts:
    """Processor seconds by part of the machinery."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, timed."""

        def timed(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return call(*given, **named)
            finally:
                spent = time.process_time() - began
                self.seconds[name] = self.seconds.get(name, 0.0) + spent

        return timed


def measure(units: int, folder: Path) -> dict[str, Any]:
    """Do a sweep of so many units, and look at what it took.

    Args:
        units: How many, a multiple of 100.
        folder: An empty folder, on the disk that is measured.
    """
    store = folder / "store"
    with _simulated(), ExitStack() as stack:
        # What is imported and opened once is no cost of a unit.
        api.sweep(sweep_of(100), store=folder / "first", executor=NAME, trust=True)
        parts = Parts()
        for kind, name in ((Ledger, "claim"), (Ledger, "look"), (Ledger, "enter"), (Plan, "check")):
            timed = parts.timed(name, getattr(kind, name))
            stack.enter_context(mock.patch.object(kind, name, timed))
        listed = parts.timed("table", api._listed)
        stack.enter_context(mock.patch.object(api, "_listed", listed))
        Simulated.spent = 0.0
        before, wall, busy = _memory(), time.perf_counter(), time.process_time()
        result = api.sweep(sweep_of(units), store=store, executor=NAME, trust=True)
        busy, wall = time.process_time() - busy, time.perf_counter() - wall
    if result.done != units:
        raise SystemExit(f"{units - result.done} of {units} units were not done")
    parts.seconds["worker"] = Simulated.spent
    each = {name: 1000 * spent / units for name, spent in parts.seconds.items()}
    each["other"] = 1000 * busy / units - sum(each.values())
    # Without the workers' part, which other processes do, and the table, which is read at the end.
    driving = busy - Simulated.spent - parts.seconds["table"]
    return {
        "units": units,
        "ms": each,
        "processor_ms": 1000 * busy / units,
        "stored_a_processor_second": units / driving,
        "wall_seconds": wall,
        "memory_before": before,
        "memory": _memory(),
        **_disk(store, units),
        **_reading(store),
        "aggregate_seconds": _aggregated(result),
    }


@contextmanager
def _simulated() -> Iterator[None]:
    with mock.patch.dict(EXECUTORS, {NAME: f"{Simulated.__module__}:{Simulated.__qualname__}"}):
        yield


def _memory() -> float:
    """The most MiB that this process held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _disk(store: Path, units: int) -> dict[str, float]:
    taken = files = 0
    for place in store.rglob("*"):
        taken += place.lstat().st_blocks * 512
        files += 1
    index = (store / "index.sqlite").stat().st_size
    return {
        "bytes": taken / units,
        "index_bytes": index / units,
        "entries": files / units,
    }


def _reading(store: Path) -> dict[str, float]:
    """Processor seconds of what `echospan runs list` does, once the store was opened before."""
    Store(store).close()
    began = time.process_time()
    with Store(store) as opened:
        opened_seconds = time.process_time() - began
        opened.list(apart=True, limit=LISTED)
        opened.count(apart=True)
    return {"open_seconds": opened_seconds, "list_seconds": time.process_time() - began}


def _aggregated(result: SweepData) -> float:
    """Processor seconds of the mean score for each value of a field, over its seeds."""
    import polars

    began = time.process_time()
    frame = result.to_frame()
    means = frame.group_by("rate").agg(polars.col("accuracy").mean())
    assert means.height == len(frame) // 100
    return time.process_time() - began
