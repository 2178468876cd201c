"""Measure the rows one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec

from echospan.errors import ConfigError
from echospan.observer import Observer
from studies import capacity, cogscale, collins, derived, hochreiter, noise_free_lag, popgym
from studies.kept import Kept, Line
from studies.references import Reference, references
from studies.row import Outcome, Row, Status
from studies.work import Interrupted, Work

ROWS: tuple[Row, ...] = (
    *derived.ROWS,
    *capacity.ROWS,
    *collins.ROWS,
    *popgym.ROWS,
    *hochreiter.ROWS,
    *noise_free_lag.ROWS,
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


def measure_rows(
    only: Sequence[str] = (),
    *,
    quick: bool = False,
    kept: Kept | None = None,
    resume: bool = False,
    observer: Observer | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Measure rows and compare each with its reference.

    Args:
        only: Names of rows, or how names begin; left out, all.
        quick: Leave out those that take longer than seconds.
        kept: Where measurements are kept.
        resume: Take from there what was measured before.
        observer: Told how far a row is.
        stop: Asked between pieces of work; what is done by then has been given out.

    Yields:
        An outcome for each row, in the order of the table. A row that fails is an outcome, too.
    """
    chosen = rows(only, quick=quick)
    kept = kept or Kept(None)
    work = Work(observer or Observer(), stop)
    for number, row in enumerate(chosen, 1):
        reference = references()[row.name]
        before = kept.get(row, reference) if resume else None
        if before is not None:
            yield judge(row, reference, before, kept=True)
            continue
        work.observer.begin(f"{row.name} ({number} of {len(chosen)})", 0)
        try:
            work.go_on()
            outcome = _measure(row, reference, work, kept)
        except Interrupted:
            return
        yield outcome


def judge(row: Row, reference: Reference, line: Line, *, kept: bool = False) -> Outcome:
    """Compare a measurement with its reference."""
    if row.tolerance.holds(reference, line.measured):
        return Outcome(row, reference, line.measured, "pass", "", line.seconds, kept)
    status: Status = "differs" if reference.why else "unexplained"
    return Outcome(row, reference, line.measured, status, reference.why, line.seconds, kept)


def _measure(row: Row, reference: Reference, work: Work, kept: Kept) -> Outcome:
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
    line = Line(measured, time.perf_counter() - began)
    kept.put(row, reference, line)
    return judge(row, reference, line)
