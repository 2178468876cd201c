"""An index and a table of a million rows, without their folders: what listing and reading take."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from echospan.results.sweep import SweepData, SweepRow, SweepRows
from echospan.store import Store
from echospan.store.record import now
from echospan.store.recovery import changed, note_complete
from studies.scaling.one import LISTED, _aggregated
from studies.scaling.ready import RATE, SEED, Ready, result_of

AT_ONCE = 10_000


def measure(units: int, folder: Path) -> dict[str, Any]:
    """Enter so many finished runs, list them, and hold as many rows of a table.

    Args:
        units: How many, a multiple of 100.
        folder: An empty folder.
    """
    place = folder / "store"
    with Store(place) as store:
        draft = store._draft(now(), "ready", "0" * 16, 0, None, "", "run")
        draft = replace(draft, state="finished", finished=draft.created, seconds=0.1, accuracy=0.5)
        began = time.process_time()
        numbers = iter(range(units))
        while some := list(islice(numbers, AT_ONCE)):
            with store._index.transaction():
                store._index.put_many(
                    replace(
                        draft,
                        run_id=f"ready-20260101-000000-{each:08x}",
                        fingerprint=f"{each:016x}",
                    )
                    for each in some
                )
        entered = time.process_time() - began
        note_complete(place, changed(place))
    # The folders are not there, so none of them is missing a row.
    began = time.process_time()
    with Store(place) as store:
        opened = time.process_time() - began
        assert len(store.list(apart=True, limit=LISTED)) == min(LISTED, units)
        assert store.count(apart=True) == units
    listed = time.process_time() - began
    before, began = _memory(), time.process_time()
    rows = SweepRows((RATE, SEED), Ready.columns, _rows(units))
    held, made = _memory() - before, time.process_time() - began
    data = SweepData("rows", "run", (RATE, SEED), dict(Ready.columns), "accuracy", units, rows=rows)
    return {
        "units": units,
        "enter_ms": 1000 * entered / units,
        "index_bytes": (place / "index.sqlite").stat().st_size / units,
        "open_seconds": opened,
        "list_seconds": listed,
        "row_ms": 1000 * made / units,
        "row_bytes": held * 2**20 / units,
        "aggregate_seconds": _aggregated(data),
    }


def _rows(units: int) -> Any:
    for number in range(units):
        settings = {RATE: number // 100, SEED: number % 100}
        values = {name: result_of(settings)[name] for name in Ready.columns}
        run_id = f"ready-20260101-000000-{number:08x}"
        yield SweepRow(settings, "finished", f"{number:016x}", run_id, values, 0.1)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
