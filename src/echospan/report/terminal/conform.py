"""What `conform` found, in a terminal: verdict, table, causes, what is not promised, notes."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding

from echospan.report import conform_words as words
from echospan.report.terminal.pen import CHECK, CROSS, DASH, HIT, MISS, QUIET, STRONG, WARN, write
from echospan.report.terminal.tables import new_table
from echospan.results.conform import ConformCheck, ConformData

_SIGNS = {
    "pass": (CHECK, HIT),
    "grain": (CHECK, HIT),
    "fault": (CROSS, MISS),
    "cannot_tell": ("?", WARN),
    "not_promised": (DASH, WARN),
    "refuses": (DASH, QUIET),
}
_STYLES = {"fault": MISS, "cannot_tell": WARN, "not_promised": WARN}


def conform_report(report: ConformData, console: Console) -> None:
    """Print a report: the verdict, a row a check, then what there is to say about some."""
    console.print(write(console, f"{report.model}: {words.opening(report)}", STRONG))
    checks_table(report, console)
    for each in words.told(report):
        console.print(write(console, each.heading, _STYLES.get(each.verdict, "")))
        console.print(Padding(write(console, each.text), (0, 0, 0, 2)))
    if any(check.script for check in report.faults):
        line = "A script that shows a fault without echospan: --script, or report.script()."
        console.print(write(console, line))
    console.print(write(console, f"{words.READING}.", QUIET))
    for sentence in words.circumstances(report):
        console.print(write(console, sentence, QUIET))


def checks_table(report: ConformData, console: Console) -> None:
    """Print one row a check: verdict, difference, tolerance, power, smallest case."""
    table = new_table(console)
    for name in words.HEAD:
        right = name in ("difference", "tolerance", "power")
        fold = name == "smallest case"
        table.add_column(
            name,
            justify="right" if right else "left",
            no_wrap=not fold,
            overflow="fold",
        )
    for check in report.checks:
        table.add_row(*(write(console, *cell) for cell in _cells(check)))
    console.print(table)


def _cells(check: ConformCheck) -> list[tuple[str, str]]:
    sign, style = _SIGNS[check.verdict]
    return [
        (check.name, STRONG),
        (f"{sign} {words.VERDICTS[check.verdict]}", style),
        (words.size(check.difference), ""),
        (words.size(check.tolerance), ""),
        (words.size(check.power), ""),
        (words.case(check.smallest_case), ""),
    ]
