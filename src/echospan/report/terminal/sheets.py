"""Several memory spec sheets side by side in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from echospan.report.comparison import told
from echospan.report.sheet_words import distance_of
from echospan.report.terminal.pen import DASH, QUIET, STRONG, WARN, write
from echospan.report.terminal.sheet import OUTCOMES, WIDE
from echospan.report.terminal.tables import NARROW, new_table
from echospan.report.values import count, duration, number, percent, variants_of


def sheets_table(comparison: Mapping[str, Any], console: Console) -> None:
    """Print several sheets as one table, and which differences are beyond the intervals.

    Args:
        comparison: What `echospan compare --json` prints.
        console: Where to.
    """
    sheets = variants_of(comparison.get("sheets"))
    # The verdict should stay on one line: what is less than it goes first.
    wide, widest = console.width >= NARROW, console.width >= WIDE
    table = new_table(console)
    table.add_column("model", overflow="fold")
    more = [*(["bits held"] if wide else []), *(["time"] if widest else [])]
    for name in ("parameters", "span", "failed", *more):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for sheet in sheets:
        held = number(sheet.get("bits_held"))
        cells = [
            write(console, str(sheet.get("model"))),
            write(console, count(sheet.get("parameters"))),
            write(console, count(sheet.get("span")), STRONG),
            write(console, count(sheet.get("first_failed"))),
        ]
        if wide:
            cells.append(write(console, DASH if held is None else f"{held:.1f}"))
        if widest:
            cells.append(write(console, duration(sheet.get("seconds"))))
        table.add_row(*cells, write(console, str(sheet.get("verdict_code"))))
    console.print(table)
    _accuracies(sheets, console)
    for sentence in told(comparison):
        console.print(write(console, sentence))
    if sheets:
        console.print(write(console, f"chance {percent(sheets[0].get('chance'))}", QUIET))
    if comparison.get("interrupted"):
        console.print(write(console, "Interrupted: this is what was decided until then.", WARN))


def _accuracies(sheets: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Accuracy of the median seeds, a row a lag and a column a model."""
    found = [{row.get("lag"): row for row in variants_of(s.get("per_lag"))} for s in sheets]
    known = (number(lag) for rows in found for lag in rows)
    lags = sorted({lag for lag in known if lag is not None})
    table = new_table(console)
    table.add_column(distance_of(sheets[0]) if sheets else "", justify="right", no_wrap=True)
    for sheet in sheets:
        table.add_column(write(console, str(sheet.get("model"))), justify="right", overflow="fold")
    for lag in lags:
        rows = [rows.get(lag) for rows in found]
        table.add_row(
            write(console, count(lag)),
            *(
                write(
                    console,
                    DASH if row is None else percent(row.get("accuracy")),
                    "" if row is None else OUTCOMES.get(str(row.get("outcome")), ""),
                )
                for row in rows
            ),
        )
    console.print(table)
