"""The tables of what `uses` measured, its card for a notebook, and its page."""

from __future__ import annotations

from echospan.foreign import visible
from echospan.report import uses_words as words
from echospan.report.document import (
    Card,
    Heading,
    Page,
    Paragraph,
    Sentences,
    beside,
    picture,
)
from echospan.report.figures.uses import curves
from echospan.report.tables import Block, Cell, Table
from echospan.results.uses import UsesData

CAPTION = (
    "Mean loss with only the newest input steps kept. The band is a 95 % interval beside the loss "
    "with the full context, for all points together. The dashed line is the loss that keeps the "
    "stated share of the gain over the best constant answer, the dotted one."
)


def ablations_table(report: UsesData) -> Table:
    """One row per ablation: steps used, interval, 95 % of the gain."""
    rows: list[list[Cell | str]] = [
        [Cell(name, "code"), *rest]
        for name, *rest in (words.row(each) for each in report.ablations)
    ]
    return Table(words.HEAD, rows, f"Steps that {report.model} uses", numeric=(1, 2, 3))


def classes_table(report: UsesData) -> Table:
    """One row per class of answers."""
    rows: list[list[Cell | str]] = [
        [
            each.name, f"{each.windows:,}", "–" if each.uses is None else f"{each.uses:,}",
            words.span_of(each.interval), words.number(each.full_loss),
            words.number(each.constant_loss),
        ]
        for each in report.classes
    ]  # fmt: skip
    head = ("class", "answers", "uses", "interval", "loss", "constant")
    return Table(head, rows, "By class of answers", numeric=(1, 2, 3, 4, 5))


def curve_table(report: UsesData) -> Table:
    """One row per number of kept steps: the loss by ablation."""
    head = ("kept", *report.curves)
    return Table(
        head, words.curve_rows(report), "Loss by steps kept", numeric=tuple(range(len(head)))
    )


def paper_table(report: UsesData) -> Table:
    """The ablations as they stand in a paper, with how they were measured in the caption."""
    table = ablations_table(report)
    caption = (
        f"Input steps that {report.model} uses ({report.windows:,} windows of {report.window:,} "
        f"steps, {1 - report.margin:.0%} of the gain). {words.losses(report)}"
    )
    return Table(table.head, table.rows, caption, table.numeric, label=f"uses-{report.model}")


def uses_card(report: UsesData, *, whole: bool) -> Card:
    """What a notebook, or a page, shows of a report.

    Args:
        report: Whose.
        whole: Show all notes and the curve as a table, too.
    """
    blocks: list[Block] = [Paragraph(one) for one in words.figures_of(report)]
    blocks += [Paragraph(one, "note") for one in report.explanations]
    blocks += _measured(report, folded=not whole)
    if report.classes:
        blocks.append(classes_table(report))
    blocks.append(Paragraph(words.losses(report)))
    if whole:
        blocks.append(Paragraph(f"{words.READING[0].upper()}{words.READING[1:]}."))
        blocks += [Heading("How it was measured"), Sentences(words.circumstances(report))]
    else:
        blocks += [Paragraph(one, "note mild") for one in words.circumstances(report)[:1]]
    return Card(
        title=report.model,
        blocks=blocks,
        anchor="uses",
        badge="" if report.uses is None else f"uses {report.uses:,}",
        badge_kind="good",
        identity=words.opening(report),
    )


def _measured(report: UsesData, *, folded: bool) -> list[Block]:
    """Table, figure, and the figure's numbers."""
    blocks: list[Block] = [ablations_table(report)]
    if not report.curves:
        return blocks
    spoken = "; ".join(
        f"{each.name}: {'not measured' if each.uses is None else each.uses}"
        for each in report.ablations
    )
    drawn = picture(
        lambda: curves(report),
        "uses",
        CAPTION,
        visible(f"Loss by input steps kept. Steps used by ablation: {spoken}."),
        instead=(curve_table(report),),
    )
    blocks.append(drawn)
    return [*blocks, *beside(drawn, "The curves as a table", [curve_table(report)])]


def uses_page(report: UsesData) -> Page:
    """The whole report as a page."""
    title = f"How far back {report.model} looks"
    return Page(title, "echospan uses", [uses_card(report, whole=True)])
