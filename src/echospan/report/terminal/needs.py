"""What `needs` found, in a terminal: the answer, the curve, the lags, what to paste, notes."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding

from echospan.report import needs_words as words
from echospan.report.needs_tables import curve_table, lags_table
from echospan.report.tables import Table
from echospan.report.terminal.pen import QUIET, STRONG, write
from echospan.report.terminal.tables import new_table
from echospan.results.needs import NeedsData


def needs_report(report: NeedsData, console: Console) -> None:
    """Print a report."""
    console.print(write(console, words.taken(report)))
    console.print(write(console, words.opening(report), STRONG))
    for sentence in words.statements(report):
        console.print(Padding(write(console, sentence), (0, 0, 0, 2)))
    _table(curve_table(report), console, strong=report.needs)
    if report.lags:
        console.print(write(console, words.carried(report.lags)))
        _table(lags_table(report), console, most=words.MOST_LAGS)
    advice = words.advice(report)
    if advice:
        console.print(write(console, f"To paste: {advice[0]}", STRONG))
        console.print(write(console, f"Elsewhere: {advice[1]}. {' '.join(advice[2:])}"))
    for sentence in words.circumstances(report):
        console.print(write(console, sentence, QUIET))


def _table(table: Table, console: Console, *, strong: int | None = None, most: int = 100) -> None:
    """Print a table; the row of one lookback stands out."""
    shown = new_table(console)
    for place, name in enumerate(table.head):
        shown.add_column(
            write(console, name), justify="right" if place in table.numeric else "left",
            overflow="fold",
        )  # fmt: skip
    for row in table.texts[:most]:
        style = STRONG if strong is not None and row[0] == str(strong) else ""
        shown.add_row(*(write(console, cell, style) for cell in row))
    console.print(shown)
    if len(table.rows) > most:
        console.print(write(console, f"and {len(table.rows) - most} more", QUIET))
