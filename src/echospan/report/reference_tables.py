"""The user's sheets among the rows of the reference table."""

from __future__ import annotations

from collections.abc import Sequence

from echospan.report.tables import Cell, Table
from echospan.report.values import count, plural
from echospan.report.words import bits, bounded
from echospan.results.reference import ReferenceRow, ReferenceTable
from echospan.results.sheet import SheetData
from echospan.results.span_interval import SpanInterval, span_interval

MINE = "yours"
"""What stands as the source of the user's own sheets."""


def reference_table(reference: ReferenceTable, sheets: Sequence[SheetData]) -> Table:
    """One row a model, the one that remembers farthest first; the user's are marked."""
    listed = [(one.span_at_least, _own(one)) for one in sheets]
    listed += [(one.span_at_least, _known(one)) for one in reference.rows]
    listed.sort(key=lambda pair: -1 if pair[0] is None else pair[0], reverse=True)
    head = (
        "model",
        "from",
        "parameters",
        "span",
        "interval",
        "bits stored",
        "state",
        "verdict",
    )
    caption = (
        "Among the reference table: span in steps, its interval over seeds, and bytes of state."
    )
    return Table(head, [row for _, row in listed], caption, numeric=(2, 3, 4, 5, 6))


def said_of(reference: ReferenceTable) -> list[str]:
    """Which rows of the table are left out, and what the others were measured with."""
    left = [f"{plural(number, 'row')} of {reason}" for reason, number in reference.left_out.items()]
    return [*reference.notes, *([f"Left out: {', '.join(left)}."] if left else [])]


def _own(sheet: SheetData) -> list[Cell | str]:
    state = None if sheet.bits_of_state is None else sheet.bits_of_state / 8
    return [
        Cell(sheet.model, "hit"), Cell(MINE, "hit"), count(sheet.parameters),
        bounded(sheet.span, sheet.span_at_least), _ends(span_interval(sheet)),
        bits(sheet.bits_held), _bytes(state), sheet.verdict_code,
    ]  # fmt: skip


def _known(row: ReferenceRow) -> list[Cell | str]:
    return [
        row.model, row.source, count(row.parameters), bounded(row.span, row.span_at_least),
        _ends(row.interval), bits(row.bits_held), _bytes(row.state_bytes), row.verdict,
    ]  # fmt: skip


def _bytes(number: float | None) -> str:
    return "–" if number is None else f"{number:,.0f} B"


def _ends(interval: SpanInterval | None) -> str:
    if interval is None:
        return "–"
    low, high, _ = interval
    return f"{low} or more" if high is None else f"{low} to {high}"
