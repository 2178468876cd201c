"""`python -m studies.reference`: measure the cells of the reference table that are missing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

import echospan
from echospan.cli.command import Command
from echospan.cli.main import main
from echospan.cli.printing import print_text, say
from echospan.errors import ConfigError, EchospanError
from echospan.report.files import write_whole
from echospan.results.reference import ReferenceRow, read_csv, to_csv, to_frame
from echospan.spans.reference import row_of
from echospan.store import Store
from studies.reference.cells import HERE, ROOT, Cell, cells, in_root

SHIPPED = ROOT / "src" / "echospan" / "reference" / "table.csv"
TABLES = (SHIPPED, HERE / "table.csv")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(cls=Command, epilog="Example: python -m studies.reference --only lstm --hours 1")
def reference(
    store: Annotated[Path, typer.Option(help="Where sheets grow; they are resumed.")] = ROOT
    / "build"
    / "reference",
    hours: Annotated[float, typer.Option(min=0, help="Begin no cell after so long.")] = 4.0,
    only: Annotated[list[str] | None, typer.Option(help="Names of models; all by default.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only list missing cells.")] = False,
) -> None:
    """Measure the missing cells, the most important first, and write the table after each."""
    in_root()
    rows = {row.fingerprint: row for row in read_csv(SHIPPED.read_text("utf-8"))}
    started = time.monotonic()
    for cell in cells():
        if only and cell.name not in only:
            continue
        try:
            if cell.fingerprint in rows:
                continue
            if missing:
                print_text(str(cell))
                continue
            if time.monotonic() - started > hours * 3600:
                say("The time is over; --missing lists what is left.")
                return
            say(str(cell))
            row = measured(cell, store)
        except EchospanError as error:
            say(f"left out: {cell}: {error}")
            continue
        rows[row.fingerprint] = row
        write([*rows.values()])
        known = row.span if row.span is not None else f"at least {row.span_at_least}"
        say(f"span {known}, {row.verdict}, {row.parameters:,} parameters, {row.seconds:.0f} s")


def measured(cell: Cell, store: Path) -> ReferenceRow:
    """The row of a cell, which goes on where it was stopped.

    A model that can't come near the number of parameters gets the smallest width that it can have.
    """
    settings = dict(cell.settings)
    try:
        sheet = kept(cell, settings, store)
    except ConfigError as error:
        if error.field != "params":
            raise
        say(f"{error} Its smallest width is measured.")
        del settings["params"]
        sheet = kept(cell, {**settings, "units": 1}, store)
    return row_of(
        sheet,
        model=cell.name,
        source=cell.source,
        asked=cell.settings.get("params"),
        versions=cell.versions,
        fingerprint=cell.fingerprint,
    )


def kept(cell: Cell, settings: dict[str, Any], store: Path) -> echospan.Sheet:
    """The sheet, from a store of the cell's own."""
    place = store / cell.fingerprint
    with Store(place) as opened:
        begun = [run.run_id for run in opened.list(kind="span") if run.state != "failed"]
    if begun:
        return echospan.span(resume=begun[0], store=place)
    return echospan.span(**settings, store=place)


def write(rows: list[ReferenceRow]) -> None:
    """Write the table: what is shipped, and beside this file as CSV and Parquet."""
    order = {cell_key(cell): place for place, cell in enumerate(cells())}
    rows.sort(key=lambda row: order.get(key_of(row), len(order)))
    for file in TABLES:
        write_whole(file, to_csv(rows).encode(), "table")
    to_frame(rows).write_parquet(HERE / "table.parquet")


def cell_key(cell: Cell) -> tuple[Any, ...]:
    """What places a cell among the rows."""
    own = cell.settings
    return (cell.name, cell.source, own.get("task", "echo"), own.get("symbols"), own["params"])


def key_of(row: ReferenceRow) -> tuple[Any, ...]:
    """The same of a row; only echo has symbols that were asked for."""
    symbols = row.symbols if row.task == "echo" else None
    return (row.model, row.source, row.task, symbols, row.parameters_asked)


if __name__ == "__main__":
    main(app=app, name="python -m studies.reference")
