"""A diagnosis in a terminal: the weakest link, the four numbers, what to change, notes."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding

from echospan.report import diagnosis_words as words
from echospan.report.terminal.pen import QUIET, STRONG, write
from echospan.report.terminal.tables import new_table
from echospan.results.diagnosis import DiagnosisData


def diagnosis_report(found: DiagnosisData, console: Console) -> None:
    """Print a diagnosis."""
    console.print(write(console, words.opening(found), STRONG))
    table = new_table(console)
    for place, name in enumerate(words.HEAD):
        numeric = place in (1, 2)
        table.add_column(
            name, justify="right" if numeric else "left", no_wrap=numeric, overflow="fold"
        )
    for title, *rest in words.rows(found):
        table.add_row(write(console, title, STRONG), *(write(console, cell) for cell in rest))
    console.print(table)
    if found.remedy:
        console.print(write(console, "What to change:", STRONG))
        for line in found.remedy.splitlines():
            # Not folded, so that it can be pasted.
            console.print(write(console, f"  {line}"), soft_wrap=True)
    if found.findings:
        console.print(write(console, "What check found:", STRONG))
        for line in words.severities(found):
            console.print(Padding(write(console, line), (0, 0, 0, 2)))
    console.print(write(console, words.READING, QUIET))
    for line in words.circumstances(found):
        console.print(write(console, line, QUIET))
