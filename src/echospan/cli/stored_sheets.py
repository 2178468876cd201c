"""Stored sheets, comparisons and reports in `runs show`, `runs export` and `report`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from echospan.cli.printing import out, print_json
from echospan.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from echospan.report import RunView
    from echospan.report.document import Card
    from echospan.report.kept import Report
    from echospan.report.objects import Comparison, Sheet
    from echospan.store import Run

SHEETS = ("span", "compare")

Results = Mapping[str, "Sheet | Comparison | Report"]
"""Sheets, comparisons and reports by their ids."""


def is_sheet(run: Run) -> bool:
    """Whether a stored run is a sheet, a comparison or a report: no run of an experiment."""
    return run.summary.kind != "run"


def read_stored(run: Run) -> Sheet | Comparison | Report:
    """What was found, as the object that the verb returned.

    Raises:
        StoreError: Nothing is stored yet.
        CorruptRun: It is damaged.
    """
    if run.summary.kind in SHEETS:
        from echospan.spans.keep.reading import read_result

        return read_result(run)
    from echospan.report.kept import read_report

    return read_report(run)


def show_sheet(run: Run, *, json: bool) -> None:
    """Show a stored sheet: what was found, be it finished or not."""
    summary, failure = run.summary.to_json(), run.load_failure()
    try:
        result = read_stored(run)
    except StoreError as problem:
        if run.state == "finished":
            raise
        result, why = None, str(problem)
    if json:
        content = {} if result is None else result.to_dict()
        trials = {"trials": len(run.parts())} if run.summary.kind in SHEETS else {}
        print_json(
            {**summary, "config": run.config, "result": content, "failure": failure, **trials}
        )
        return
    from echospan.report.terminal import runs_table

    console = out()
    runs_table([summary], console)
    if failure:
        console.print(failure, markup=False, highlight=False)
    if result is not None:
        result.print(console)
    else:
        console.print(why, markup=False, highlight=False, soft_wrap=True)


def export_sheet(run: Run, destination: Path, *, overwrite: bool) -> Path | None:
    """Write what a file's suffix says of a stored sheet; None for a .zip or a folder.

    Raises:
        ConfigError: A file is there.
    """
    from echospan.report.display import SUFFIXES

    suffix = destination.suffix.lower()
    if suffix not in SUFFIXES:
        return None
    if destination.exists() and not overwrite:
        raise ConfigError("DESTINATION", "a new file, or one to --overwrite", str(destination))
    return read_stored(run).save(destination)


def read_sheets(runs: Sequence[Run]) -> dict[str, Sheet | Comparison | Report]:
    """What stored sheets hold, by their ids."""
    return {run.id: read_stored(run) for run in runs}


def write_sheets(results: Results, views: Sequence[RunView], output: Path, title: str) -> Path:
    """Write sheets, comparisons and runs as one page; a single sheet also as any other file.

    Raises:
        ConfigError: Several of them in another file than a page.
    """
    from echospan.report.document import Page, page_html
    from echospan.report.files import write_whole
    from echospan.report.run_page import page_of

    if len(results) == 1 and not views:
        return next(iter(results.values())).save(output)
    if output.suffix.lower() not in (".html", ".htm"):
        raise ConfigError("--output", "an .html file for more than one sheet", str(output))
    cards = _cards(results)
    if views:
        cards += page_of(views, title=title).cards
    return write_whole(output, page_html(Page(title, "echospan report", cards)).encode())


def _cards(results: Results) -> list[Card]:
    """The parts of a page: sheets and comparisons first, then reports."""
    from echospan.report.kept import cards_of_reports
    from echospan.report.sheet_page import cards_of
    from echospan.results.comparison import ComparisonData
    from echospan.results.sheet import SheetData

    listed = list(results.values())
    sheets = [one for one in listed if isinstance(one, SheetData | ComparisonData)]
    reports = [one for one in listed if not isinstance(one, SheetData | ComparisonData)]
    return [*cards_of(sheets), *cards_of_reports(reports)]


def write_figures(results: Results, folder: Path, ending: str) -> list[str]:
    """Write the figure of each sheet; the paths."""
    return [str(result.save(folder / f"{name}.{ending}")) for name, result in results.items()]


def titles(results: Results) -> list[str]:
    """What each is called in the heading of a page."""
    named = [getattr(one, "model", "") or getattr(one, "data", "") for one in results.values()]
    return [name or type(one).__name__ for name, one in zip(named, results.values(), strict=True)]
