"""What commands that measure have in common: progress, Ctrl-C, printing, files, the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from echospan.cli.printing import out, print_json
from echospan.errors import EchospanError

if TYPE_CHECKING:
    from echospan.cli.progress import Bar
    from echospan.observer import Stop
    from echospan.report.kept import Report as Kept
    from echospan.report.memory_objects import Diagnosis, NeedsReport, UsesReport
    from echospan.report.objects import ConformReport
    from echospan.store.record import Kind

KEPT_AFTER = 10.0
"""Seconds: what took longer is kept without being asked for."""

Report = TypeVar("Report", "ConformReport", "Diagnosis", "NeedsReport", "UsesReport")


@dataclass(frozen=True)
class Keeping:
    """How a command's report is kept in a store.

    Attributes:
        kind: The command.
        subject: What is measured, as typed.
        settings: What it is measured with.
        store: The folder that was named; None for the default, which takes what took long.
    """

    kind: Kind
    subject: str
    settings: Mapping[str, Any]
    store: Path | None

    def check(self) -> None:
        """Refuse a store that was named and can't be written to.

        Raises:
            ConfigError: It can't be.
        """
        from echospan.report.kept import check_store

        check_store(self.store)

    def keep(self, report: Kept, *, quiet: bool) -> None:
        """Keep a report that took long, or whose store was named, and say under which id."""
        if self.store is None and report.seconds <= KEPT_AFTER:
            return
        from echospan.report.kept import keep

        run = keep(report, self.kind, self.store, subject=self.subject, settings=self.settings)
        if run is not None and not quiet:
            out().print(f"kept as {run.id}", highlight=False, markup=False, soft_wrap=True)


def measured(
    measure: Callable[[Bar, Stop], Report],
    output: Sequence[Path],
    *,
    json: bool,
    keeping: Keeping,
    show: Callable[[Report], None] | None = None,
) -> Report:
    """Measure with a progress bar, print the report, and write the files.

    Args:
        measure: Makes the report, given what is told of progress and what says when to stop.
        output: Files to write, too.
        json: Print JSON.
        keeping: How the report is kept.
        show: Prints something else in place of the report.

    Raises:
        Halted: The user ended it; by then what was found is shown.
        EchospanError: A file could not be written; the others are.
    """
    from echospan.cli.progress import Bar
    from echospan.observer import Halted, Stop

    keeping.check()
    stop = Stop()
    with stop.on_interrupt():
        with Bar() as bar:
            report = measure(bar, stop)
        # Who is impatient while the result is written does not lose it.
        with stop.keeping():
            if show is not None:
                show(report)
            elif json:
                print_json(report.to_dict())
            else:
                report.print(out())
            keeping.keep(report, quiet=json or show is not None)
            _save(report, output, quiet=json or show is not None)
    if report.stopped:
        raise Halted("Stopped.")
    return report


def _save(
    report: ConformReport | Diagnosis | NeedsReport | UsesReport,
    output: Sequence[Path],
    *,
    quiet: bool,
) -> None:
    """Write the files, all that can be written."""
    problems = []
    for place in output:
        try:
            report.save(place)
        except (EchospanError, OSError) as problem:
            problems.append(problem)
            continue
        if not quiet:
            out().print(str(place), highlight=False, soft_wrap=True, markup=False)
    if problems:
        raise problems[0]
