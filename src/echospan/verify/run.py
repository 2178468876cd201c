"""Measure the rows one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec

from echospan.errors import ConfigError
from echospan.observer import Observer
from echospan.verify import capacity, cogscale, derived, hochreiter, popgym
from echospan.verify.references import references
from echospan.verify.row import Outcome, Row, Status
from echospan.verify.work import Interrupted, Work

ROWS: tuple[Row, ...] = (
    *derived.ROWS,
    *capacity.ROWS,
    *popgym.ROWS,
    *hochreiter.ROWS,
    *cogscale.ROWS,
)


def rows(only: Sequence[str] = (), *, quick: bool = False) -> list[Row]:
    """The rows to measure.

    Args:
        only: Names, or beginnings of names; left out, all.
        quick: Leave out those that take longer than seconds.

    Raises:
        ConfigError: A name that begins no row's.
    """
    chosen = [row for row in ROWS if row.quick or not quick]
    if not only:
        return chosen
    for wanted in only:
        if not any(row.name.startswith(wanted) for row in chosen):
            names = ", ".join(row.name for row in chosen)
            raise ConfigError("--only", f"the name of a row, or how some begin ({names})", wanted)
    return [row for row in chosen if any(row.name.startswith(wanted) for wanted in only)]


def verify(
    only: Sequence[str] = (),
    *,
    quick: bool = False,
    observer: Observer | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Measure rows and compare each with its reference.

    Args:
        only: Names of rows, or how names begin; left out, all.
        quick: Leave out those that take longer than seconds.
        observer: Told how far a row is.
        stop: Asked between pieces of work; what is done by then has been given out.

    Yields:
        An outcome for each row, in the order of the table. A row that fails is an outcome, too.
    """
    chosen = rows(only, quick=quick)
    work = Work(observer or Observer(), stop)
    for number, row in enumerate(chosen, 1):
        work.observer.begin(f"{row.name} ({number} of {len(chosen)})", 0)
        try:
            work.go_on()
            outcome = _outcome(row, work)
        except Interrupted:
            return
        yield outcome


def _outcome(row: Row, work: Work) -> Outcome:
    reference = references()[row.name]
    if row.needs and find_spec(row.needs) is None:
        reason = f"needs the package {row.needs}: pip install 'echospan[{row.needs}]'"
        return Outcome(row, reference, None, "skipped", reason)
    began = time.perf_counter()
    try:
        measured = row.measure(work)
    except Interrupted:
        raise
    # One row that breaks must not cost the others.
    except Exception as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return Outcome(row, reference, None, "failed", reason, time.perf_counter() - began)
    seconds = time.perf_counter() - began
    if row.tolerance.holds(reference.value, measured):
        return Outcome(row, reference, measured, "pass", "", seconds)
    status: Status = "differs" if row.why else "unexplained"
    return Outcome(row, reference, measured, status, row.why, seconds)
