"""`python -m studies.reference`: measure the cells of the reference table that are missing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

import echospan
from echospan.cli.command import Command
from echospan.cli.main import main
from echospan.cli.printing import print_text, say
from echospan.errors import ConfigError, EchospanError
from echospan.report.files import write_whole
from echospan.report.values import plural
from echospan.results.reference import ReferenceRow
from echospan.spans.reference import row_of
from echospan.store import Store
from studies.reference.cells import ROOT, Cell, cells, in_root
from studies.reference.tables import (
    add,
    hours_of,
    in_order,
    key_of,
    key_of_cell,
    missing_table,
    outcomes_of,
    read_rows,
)

MARK = "<!-- The table below is written by `make reference`. -->"
END = "<!-- Its end. -->"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(cls=Command, epilog="Example: python -m studies.reference --only lstm --hours 5")
def reference(
    store: Annotated[Path, typer.Option(help="Where sheets grow; they are resumed.")] = ROOT
    / "build"
    / "reference",
    hours: Annotated[
        float,
        typer.Option(
            min=0, help="Begin no cell once the table took so long, earlier runs included."
        ),
    ] = 4.0,
    only: Annotated[list[str] | None, typer.Option(help="Names of models; all by default.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only list missing cells.")] = False,
    write: Annotated[
        Path | None, typer.Option(help="Put the table of missing cells into this page, and stop.")
    ] = None,
) -> None:
    """Measure the missing cells, the most important first, and write the table after each."""
    in_root()
    if write is not None:
        page = write.read_text("utf-8")
        before, after = page.partition(MARK)[0], page.partition(END)[2]
        text = f"{before}{MARK}\n\n{missing_table(read_rows().values())}\n{END}{after}"
        write_whole(write, text.encode(), "--write")
        return
    begun, spent = time.monotonic(), hours_of(read_rows().values())
    say(f"Measuring the rows of the table took {spent:.1f} of {hours:g} hours so far.")
    for cell in left(only):
        if missing or spent + (time.monotonic() - begun) / 3600 >= hours:
            break
        say(str(cell))
        try:
            sheet = measured(cell, store)
            row = row_of(sheet, model=cell.name, source=cell.source,
                         asked=cell.settings.get("params"), versions=cell.versions,
                         fingerprint=cell.fingerprint)  # fmt: skip
        except EchospanError as error:
            say(f"left out: {cell}: {error}")
            continue
        add(row, outcomes_of(sheet, cell.fingerprint))
        known = row.span if row.span is not None else f"at least {row.span_at_least}"
        say(f"span {known}, {row.verdict}, {row.parameters:,} parameters, {row.seconds:.0f} s")
    say_missing(left(only))


def left(only: list[str] | None) -> list[Cell]:
    """Cells without a row, the most important first; those of packages that are not here, too."""
    rows = read_rows()
    return [
        cell for cell in cells() if not (only and cell.name not in only) and not _stands(cell, rows)
    ]


def _stands(cell: Cell, rows: Mapping[str, ReferenceRow]) -> bool:
    """Whether a cell is in the table; by its name where its package is not installed here."""
    known = fingerprint_or_none(cell)
    if known is not None:
        return known in rows
    return key_of_cell(cell) in {key_of(row) for row in rows.values()}


def fingerprint_or_none(cell: Cell) -> str | None:
    """The fingerprint; None where a package of the cell is not installed."""
    try:
        return cell.fingerprint
    except ConfigError:
        return None


def say_missing(listed: list[Cell]) -> None:
    """Print what is missing, one line a group."""
    if not listed:
        print_text("No cell is missing.")
        return
    print_text(f"{plural(len(listed), 'cell')} missing:")
    for text, part in in_order(listed):
        print_text(f"  {text}: {', '.join(cell.label for cell in part)}")


def measured(cell: Cell, store: Path) -> echospan.Sheet:
    """The sheet of a cell, which goes on where it was stopped.

    A model that can't come near the number of parameters gets the smallest width that it can have.
    """
    settings = dict(cell.settings)
    try:
        return kept(cell, settings, store)
    except ConfigError as error:
        if error.field != "params":
            raise
        say(f"{error} Its smallest width is measured.")
        del settings["params"]
        return kept(cell, {**settings, "units": 1}, store)


def kept(cell: Cell, settings: dict[str, Any], store: Path) -> echospan.Sheet:
    """The sheet, from a store of the cell's own."""
    place = store / cell.fingerprint
    with Store(place) as opened:
        begun = [run.run_id for run in opened.list(kind="span") if run.state != "failed"]
    if begun:
        return echospan.span(resume=begun[0], store=place)
    return echospan.span(**settings, store=place)


if __name__ == "__main__":
    main(app=app, name="python -m studies.reference")
