"""What `uses` measured, in a terminal: the answer, ablations, curve, explanations, notes."""

from __future__ import annotations

from rich.console import Console

from echospan.report import uses_words as words
from echospan.report.terminal.pen import QUIET, STRONG, write
from echospan.report.terminal.tables import new_table
from echospan.results.uses import UsesData


def uses_report(report: UsesData, console: Console) -> None:
    """Print a report."""
    console.print(write(console, f"{report.model} {words.opening(report)}", STRONG))
    for sentence in words.figures_of(report):
        console.print(write(console, sentence))
    _ablations(report, console)
    if report.classes:
        _classes(report, console)
    for sentence in report.explanations:
        console.print(write(console, sentence))
    _curve(report, console)
    console.print(write(console, words.losses(report)))
    console.print(write(console, f"{words.READING}.", QUIET))
    for sentence in words.circumstances(report):
        console.print(write(console, sentence, QUIET))


def _ablations(report: UsesData, console: Console) -> None:
    table = new_table(console)
    for place, name in enumerate(words.HEAD):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    for each in report.ablations:
        name, *rest = words.row(each)
        table.add_row(write(console, name, STRONG), *(write(console, cell) for cell in rest))
    console.print(table)


def _classes(report: UsesData, console: Console) -> None:
    table = new_table(console)
    table.add_column("class", overflow="fold")
    for name in ("answers", "uses", "interval", "loss"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in report.classes:
        table.add_row(
            write(console, each.name, STRONG),
            f"{each.windows:,}",
            "–" if each.uses is None else f"{each.uses:,}",
            words.span_of(each.interval),
            words.number(each.full_loss),
        )
    console.print(table)


def _curve(report: UsesData, console: Console) -> None:
    if not report.curves:
        return
    table = new_table(console)
    for name in ("kept", *report.curves):
        table.add_column(name, justify="right", no_wrap=True)
    for cells in words.curve_rows(report):
        table.add_row(*(write(console, cell) for cell in cells))
    console.print(table)
