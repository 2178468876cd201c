"""Stored sheets and comparisons in `runs show`, `runs export` and `report`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from echospan.cli.printing import out, print_json
from echospan.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from echospan.report import RunView
    from echospan.report.objects import Comparison, Sheet
    from echospan.store import Run

Results = Mapping[str, "Sheet | Comparison"]
"""Sheets and comparisons by their ids."""


def is_sheet(run: Run) -> bool:
    """Whether a stored run is a sheet or a comparison."""
    return run.summary.kind != "run"


def show_sheet(run: Run, *, json: bool) -> None:
    """Show a stored sheet: what was found, be it finished or not."""
    from echospan.spans.keep.reading import read_result

    summary, failure = run.summary.to_json(), run.load_failure()
    try:
        result = read_result(run)
    except StoreError as problem:
        if run.state == "finished":
            raise
        result, why = None, str(problem)
    if json:
        content = {} if result is None else result.to_dict()
        print_json(
            {**summary, "config": run.config, "result": content, "failure": failure,
             "trials": len(run.parts())}
        )  # fmt: skip
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
    from echospan.spans.keep.reading import read_result

    suffix = destination.suffix.lower()
    if suffix not in SUFFIXES:
        return None
    if destination.exists() and not overwrite:
        raise ConfigError("DESTINATION", "a new file, or one to --overwrite", str(destination))
    return read_result(run).save(destination)


def read_sheets(runs: Sequence[Run]) -> dict[str, Sheet | Comparison]:
    """What stored sheets hold, by their ids."""
    from echospan.spans.keep.reading import read_result

    return {run.id: read_result(run) for run in runs}


def write_sheets(results: Results, views: Sequence[RunView], output: Path, title: str) -> Path:
    """Write sheets, comparisons and runs as one page; a single sheet also as any other file.

    Raises:
        ConfigError: Several of them in another file than a page.
    """
    from echospan.report.document import Page, page_html
    from echospan.report.files import write_whole
    from echospan.report.run_page import page_of
    from echospan.report.sheet_page import cards_of

    if len(results) == 1 and not views:
        return next(iter(results.values())).save(output)
    if output.suffix.lower() not in (".html", ".htm"):
        raise ConfigError("--output", "an .html file for more than one sheet", str(output))
    cards = cards_of(list(results.values()))
    if views:
        cards += page_of(views, title=title).cards
    return write_whole(output, page_html(Page(title, "echospan report", cards)).encode())


def write_figures(results: Results, folder: Path, ending: str) -> list[str]:
    """Write the figure of each sheet; the paths."""
    return [str(result.save(folder / f"{name}.{ending}")) for name, result in results.items()]


def titles(results: Results) -> list[str]:
    """What each is called in the heading of a page."""
    return [getattr(result, "model", "comparison") for result in results.values()]
