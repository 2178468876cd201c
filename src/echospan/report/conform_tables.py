"""The table of what `conform` found, its card for a notebook, and its page."""

from __future__ import annotations

from echospan.foreign import visible
from echospan.report import conform_words as words
from echospan.report.document import (
    Card,
    Code,
    Fold,
    Heading,
    Page,
    Paragraph,
    Sentences,
    beside,
    picture,
)
from echospan.report.figures.conform import differences
from echospan.report.tables import Block, Cell, Table
from echospan.results.conform import ConformData

KINDS = {"pass": "hit", "grain": "hit", "fault": "miss"}
"""How a page sets a verdict."""

CAPTION = (
    "One row per check, on a logarithmic scale; zero is at the left end. A check passes if its "
    "difference is below the tolerance. A lost state would make a difference as large as the power."
)

BADGES = {"conforms": "good", "fault": "warn"}


def checks_table(report: ConformData) -> Table:
    """One row per check: verdict, difference, tolerance, power, smallest case."""
    rows: list[list[Cell | str]] = [
        [
            Cell(check.name, "code"),
            Cell(words.VERDICTS[check.verdict], KINDS.get(check.verdict, "")),
            words.size(check.difference),
            words.size(check.tolerance),
            words.size(check.power),
            words.case(check.smallest_case) or "–",
        ]
        for check in report.checks
    ]
    return Table(words.HEAD, rows, f"Checks of {report.model}", numeric=(2, 3, 4))


def paper_table(report: ConformData) -> Table:
    """The same as it stands in a paper, with how it was computed in the caption."""
    table = checks_table(report)
    made = ", ".join(filter(None, (report.precision, words.versions(report))))
    caption = (
        f"How {report.model} carries its state ({made}). "
        f"{words.READING[0].upper()}{words.READING[1:]}."
    )
    return Table(table.head, table.rows, caption, table.numeric, label=f"conform-{report.model}")


def conform_card(report: ConformData, *, whole: bool) -> Card:
    """What a notebook, or a page, shows of a report.

    Args:
        report: Whose.
        whole: Show the stand-alone scripts and all notes, too.
    """
    blocks: list[Block] = []
    told = words.told(report)
    for each in told:
        if each.verdict != "refuses":
            blocks += _explained(each, whole=whole)
    blocks += _measured(report, folded=not whole)
    lacking = [f"{each.names}: {each.text}" for each in told if each.verdict == "refuses"]
    if whole and lacking:
        blocks += [Heading("Not supported"), Sentences(lacking)]
    if whole:
        blocks.append(Paragraph(f"{words.READING[0].upper()}{words.READING[1:]}."))
        blocks += [Heading("How it was checked")]
    sentences = words.circumstances(report)
    blocks += [Paragraph(one, "note mild") for one in (sentences if whole else sentences[:1])]
    return Card(
        title=report.model,
        blocks=blocks,
        anchor="conform",
        badge=words.OVERALL[report.verdict],
        badge_kind=BADGES.get(report.verdict, ""),
        identity=words.opening(report),
    )


def _explained(told: words.Told, *, whole: bool) -> list[Block]:
    if not whole:
        kind = "note" if told.verdict == "fault" else "note mild"
        return [Paragraph(f"{told.heading}. {told.text}", kind)]
    blocks: list[Block] = [Heading(told.heading), Paragraph(told.text)]
    if told.script:
        blocks.append(Fold("A script that shows it without echospan", [Code(told.script)]))
    return blocks


def _measured(report: ConformData, *, folded: bool) -> list[Block]:
    """The figure and the table; a card of a notebook folds the table."""
    table = checks_table(report)
    if not any(check.difference is not None for check in report.checks):
        return [table]
    spoken = "; ".join(
        f"{check.name}: {words.VERDICTS[check.verdict]}, difference {words.size(check.difference)}"
        for check in report.checks
        if check.difference is not None
    )
    drawn = picture(
        lambda: differences(report.checks),
        "conform",
        CAPTION,
        visible(f"Difference, tolerance and power of each check. {spoken}."),
        instead=(),
    )
    return [drawn, *(beside(drawn, "The checks as a table", [table]) if folded else [table])]


def conform_page(report: ConformData) -> Page:
    """The whole report as a page."""
    title = f"How {report.model} carries its state"
    return Page(title, "echospan conform", [conform_card(report, whole=True)])
