"""How a worker makes reports, one after the other, and keeps each in its run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from echospan.errors import CorruptRun, StoreError
from echospan.observer import Halted
from echospan.report.kept import outcome_of
from echospan.store import LostRun, describe_environment
from echospan.store.detached import DetachedRun

if TYPE_CHECKING:
    from echospan.report.kept import Report


def keep_each(
    runs: Sequence[DetachedRun],
    stop: Callable[[], bool],
    make: Callable[[DetachedRun], Report],
) -> None:
    """Make the report of each run, and end the run: finished, failed or interrupted.

    Args:
        runs: The runs, which this worker has.
        stop: Whether to end.
        make: Makes the report of a run. What it raises is kept as the reason why the run failed.

    Raises:
        StoreError: Nothing can be written.
    """
    for run in runs:
        if stop():
            run.interrupt()
            continue
        run.begin()
        try:
            report = make(run)
            run.save_environment(describe_environment())
            if getattr(report, "stopped", False):
                run.save_result(report.to_dict())
                run.interrupt(outcome_of(report))
            else:
                run.finish(report.to_dict(), outcome_of(report))
        except LostRun:
            continue
        except Halted:
            run.interrupt()
        # The user's code may end its process; then the worker goes on with the next unit.
        except (Exception, SystemExit) as error:
            if isinstance(error, StoreError) and not isinstance(error, CorruptRun):
                raise
            run.fail(error)
