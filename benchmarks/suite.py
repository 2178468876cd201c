"""Runs the jobs one after another and keeps what was measured, whatever ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks import checks, session, whole
from benchmarks.jobs import Job
from benchmarks.record import Record
from benchmarks.result import Result
from benchmarks.session import Settings

Measure = Callable[[Job, Settings], Iterator[Result]]
KINDS: dict[str, Measure] = {
    "train": session.measure,
    "process": whole.measure,
    "check": checks.measure,
}


def run(
    jobs: Sequence[Job],
    settings: Settings,
    record: Record,
    path: Path | None,
    minutes: float | None = None,
) -> bool:
    """Measure the jobs that the record does not have yet.

    Args:
        jobs: What to measure.
        settings: How.
        record: What is known already; it grows with every repeat.
        path: Where it is kept after every job; None to keep it only in memory.
        minutes: Begin no further job after so many; None for no limit.

    Returns:
        Whether all was begun that was not measured before; False where the clock ended it.

    Raises:
        KeyboardInterrupt: Ctrl-C; what was measured is in the record and kept.
    """
    first = time.perf_counter()
    for number, job in enumerate(jobs, 1):
        asked = settings.repeats or job.repeats
        if record.finished(job.name, asked):
            settings.say(f"{job.name}: measured before")
            continue
        if minutes is not None and time.perf_counter() - first > 60 * minutes:
            left = len(jobs) - number + 1
            settings.say(f"{minutes:g} minutes are over; not begun: {left} of {len(jobs)} jobs.")
            return False
        settings.say(f"[{number}/{len(jobs)}] {job.name}: {job.title}")
        began = time.perf_counter()
        try:
            for result in KINDS[job.kind](job, settings):
                record.results[job.name] = result
        finally:
            if path is not None:
                record.save(path)
        settings.say(f"{job.name}: {time.perf_counter() - began:.0f} s")
    return True
