"""The table of a diagnosis, its card for a notebook, and its page."""

from __future__ import annotations

from echospan.foreign import visible
from echospan.report import diagnosis_words as words
from echospan.report.document import (
    Card,
    Code,
    Heading,
    Page,
    Paragraph,
    Sentences,
    picture,
)
from echospan.report.figures.diagnosis import four_bars
from echospan.report.needs_tables import needs_card
from echospan.report.tables import Block, Cell, Table
from echospan.report.uses_tables import uses_card
from echospan.results.diagnosis import DiagnosisData

CAPTION = (
    "Input steps that the answer must see, counted back from the newest one. Bars end at the "
    "number, the thin line is its 95 % interval, with an arrow where no end is known. The dashed "
    "line is what the data need."
)


def numbers_table(found: DiagnosisData) -> Table:
    """One row for each of the four numbers."""
    cells: list[list[Cell | str]] = [list(row) for row in words.rows(found)]
    return Table(words.HEAD, cells, "Steps that the answer must see", numeric=(1, 2))


def findings_table(found: DiagnosisData) -> Table:
    """One row for each finding of `check`."""
    cells: list[list[Cell | str]] = [
        [one.severity, Cell(one.code, "code"), one.message] for one in found.findings
    ]
    return Table(("severity", "finding", "what"), cells, "Findings of check")


def diagnosis_card(found: DiagnosisData, *, whole: bool) -> Card:
    """What a notebook, or a page, shows of a diagnosis.

    Args:
        found: It.
        whole: Show all findings as a table, too.
    """
    drawn = picture(
        lambda: four_bars(found), "diagnosis", CAPTION, visible(words.spoken(found)), instead=()
    )
    blocks: list[Block] = [Paragraph(words.opening(found), "lead"), drawn, numbers_table(found)]
    if found.remedy:
        blocks += [Heading("What to change"), Code(found.remedy)]
    if found.findings:
        blocks += (
            [Heading("What check found"), findings_table(found)]
            if whole
            else [Sentences(words.severities(found))]
        )
    blocks.append(Paragraph(words.READING, "note"))
    blocks += [Paragraph(one, "note mild") for one in words.circumstances(found)]
    return Card(
        title=found.model or "Diagnosis",
        blocks=blocks,
        anchor="diagnosis",
        badge=found.weakest_link,
        badge_kind=words.BADGES[found.weakest_link],
        identity=words.OPENINGS[found.weakest_link],
    )


def diagnosis_page(found: DiagnosisData) -> Page:
    """The whole diagnosis as a page, with what was found about data and model."""
    cards = [diagnosis_card(found, whole=True)]
    if found.lookback is not None:
        cards.append(needs_card(found.lookback, whole=True))
    if found.usage is not None:
        cards.append(uses_card(found.usage, whole=True))
    return Page(f"Where {found.model or 'the model'} loses memory", "echospan diagnose", cards)
