"""A sweep in a terminal: what came of it, its rows, what failed."""

from __future__ import annotations

from rich.console import Console

from echospan.report import sweep_tables as tables
from echospan.report.terminal.pen import QUIET, STRONG, write
from echospan.report.terminal.tables import new_table
from echospan.results.sweep import SweepData


def sweep_report(data: SweepData, console: Console) -> None:
    """Print a sweep."""
    console.print(write(console, tables.opening(data), STRONG))
    if data.expected_seconds is not None and data.left:
        told = tables.duration(data.expected_seconds)
        console.print(write(console, f"What is left takes about {told}, one after the other."))
    if data.rows:
        _rows(data, console)
    for told in tables.failures(data):
        console.print(write(console, told))
    if data.failed:
        console.print(write(console, "Failed units are done again with --retry failed.", QUIET))


def _rows(data: SweepData, console: Console) -> None:
    table = tables.rows_table(data, tables.MOST_ROWS)
    shown = new_table(console)
    for place, name in enumerate(table.head):
        shown.add_column(
            write(console, name), justify="right" if place in table.numeric else "left",
            overflow="fold",
        )  # fmt: skip
    for row in table.texts:
        shown.add_row(*(write(console, cell) for cell in row))
    console.print(shown)
    if len(data.rows) > tables.MOST_ROWS:
        more = len(data.rows) - tables.MOST_ROWS
        console.print(write(console, f"and {more:,} more; -o FILE.csv writes them all", QUIET))
