"""The tables and blocks of a check's report, for its own page and for that of a run."""

from __future__ import annotations

from collections.abc import Sequence

from echospan.report.document import Card, Code, Heading, Interactive, Paragraph, beside, picture
from echospan.report.figures.reach import reach_map
from echospan.report.tables import Block, Cell, Table
from echospan.report.terminal.check import circumstances, nothing_found, numbers, opening
from echospan.results.check_report import CheckData, Lag, by_pair
from echospan.widgets.data import reach_data

_MARKS = {
    True: Cell("✓ yes", "hit"),
    False: Cell("✗ no", "miss"),
    None: Cell("not probed", "small"),
}
_SEVERITIES = {"error": "miss", "warning": "miss"}

REACH = "Can the needed input affect the output?"
"""Heading of the reach map."""

AS_TABLE = "The reach map as a table"
"""What opens it."""

NUMBERS = "Numbers to compare a training with"
"""Heading of the chance level, the loss at the start and the scales."""

MAP = (
    "One tile per lag, on a copy with random weights: a dot means yes, a cross no. The needed lag "
    "is framed."
)


def findings_table(report: CheckData) -> Table:
    """One row per finding: severity, code, message."""
    rows: list[list[Cell | str]] = [
        [
            Cell(one.severity, _SEVERITIES.get(one.severity, "")),
            Cell(one.code, "code"),
            one.message,
        ]
        for one in report.findings
    ]
    return Table(("", "finding", "what it says"), rows, "What the check found", kind="findings")


def reach_tables(report: CheckData) -> list[Table]:
    """The reach map as a table, for each pair of input and output."""
    return [
        _reach_table(lags, needed, title)
        for title, lags, needed in by_pair(report.reach, report.needs_lag.lag)
    ]


def _reach_table(lags: Sequence[Lag], needed: int | None, title: str) -> Table:
    rows: list[list[Cell | str]] = [
        [
            f"{lag.lag}{' (needed)' if lag.lag == needed else ''}",
            _MARKS[lag.forward],
            _MARKS[lag.gradient],
        ]
        for lag in lags
    ]
    head = ("lag", "input affects the output", "gradient reaches the input")
    return Table(head, rows, f"Reach map, {title}" if title else "Reach map", numeric=(0,))


def reach_in_words(report: CheckData) -> str:
    """The map for readers who do not see it."""
    told = []
    for title, lags, needed in by_pair(report.reach, report.needs_lag.lag):
        forward = ", ".join(str(lag.lag) for lag in lags if lag.forward)
        gradient = ", ".join(str(lag.lag) for lag in lags if lag.gradient)
        parts = [
            *([f"the input affects the output at lags {forward}"] if forward else []),
            *([f"the gradient reaches the input at lags {gradient}"] if gradient else []),
        ]
        told.append(
            (f"{title}: " if title else "")
            + ("; ".join(parts) or "no input affects the output")
            + (f"; lag {needed} is needed" if needed is not None else "")
        )
    return ". ".join(told)


def found_blocks(report: CheckData) -> list[Block]:
    """The findings as a table, or a sentence where there is none; then what was not checked."""
    skipped = [Paragraph(f"Not checked: {what}") for what in report.skipped]
    if report.findings:
        return [findings_table(report), *skipped]
    # Where nothing could be checked, nothing was found either.
    return [*([] if skipped and not report.reach else [Paragraph(nothing_found(report))]), *skipped]


def check_card(report: CheckData, *, whole: bool) -> Card:
    """What a notebook, or a page, shows of a report.

    Args:
        report: Whose.
        whole: Show the reach map as a table, and what was looked at, too.
    """
    blocks: list[Block] = []
    if whole:
        for one in report.findings:
            blocks += [Heading(f"{one.severity}: {one.code}"), Paragraph(one.message)]
            blocks += [Code(one.remedy)] if one.remedy else []
    elif report.findings:
        blocks.append(findings_table(report))
        first = report.findings[0]
        blocks += [Code(first.remedy)] if first.remedy else []
    known = numbers(report)
    blocks += [Heading(NUMBERS)] if whole and known else []
    blocks += [Paragraph(sentence) for sentence in known]
    blocks += [Heading(REACH)] if whole else []
    if report.needs_lag.detail:
        blocks.append(Paragraph(f"Lag needed: {report.needs_lag.detail}"))
    blocks += [Paragraph(sentence) for sentence in report.rows] if whole else []
    tables = reach_tables(report)
    if report.reach:
        needed = report.needs_lag.lag
        alt = f"Reach map: {reach_in_words(report)}."
        drawn = picture(
            lambda: reach_map(report.reach, needed), "check-reach", MAP, alt, instead=()
        )
        if whole:
            drawn = Interactive("reach", reach_data(report), [drawn])
        folded = whole or bool(report.findings)
        blocks += [drawn, *(beside(drawn, AS_TABLE, tables) if folded else tables)]
    for label, sentences in circumstances(report):
        if whole or label in ("Used", "Given but not used"):
            blocks += [Paragraph(f"{label}: {one}", "note mild") for one in sentences]
    return Card(
        title="Check",
        blocks=blocks,
        anchor="check",
        badge="no error found" if report.ok else "error found",
        badge_kind="good" if report.ok else "warn",
        identity=opening(report),
    )
