"""The tables of what `needs` found, its card for a notebook, and its page."""

from __future__ import annotations

from echospan.foreign import visible
from echospan.report import needs_words as words
from echospan.report.document import (
    Card,
    Code,
    Heading,
    Page,
    Paragraph,
    Sentences,
    beside,
    picture,
)
from echospan.report.figures.needs import loss_by_lookback
from echospan.report.tables import Block, Cell, Table
from echospan.report.values import percent
from echospan.results.needs import NeedsData

CAPTION = (
    "Held-out loss by lookback, with 95 % intervals. All lookbacks are scored on the same values, "
    "so differences between them are known better than the intervals show."
)


def curve_table(report: NeedsData) -> Table:
    """One row per lookback: loss, interval, share of the loss without any past."""
    without = report.curve[0].loss if report.curve else 0.0
    rows: list[list[Cell | str]] = [
        [
            str(point.lookback),
            words.amount(point.loss),
            f"{words.amount(point.interval[0])} to {words.amount(point.interval[1])}",
            percent(float(f"{point.loss / without:.4g}")) if without else "–",
        ]
        for point in report.curve
    ]
    caption = f"Loss by lookback ({words.UNIT[report.kind]}), {report.target}"
    return Table(words.CURVE, rows, caption, numeric=(0, 1, 2, 3))


def lags_table(report: NeedsData) -> Table:
    """One row per lag that is shown to tell something."""
    rows: list[list[Cell | str]] = [
        [str(one.lag), one.column, words.share(one.beyond_the_others), words.share(one.alone)]
        for one in report.lags
    ]
    return Table(words.LAGS, rows, words.carried(report.lags), numeric=(0, 2, 3))


def needs_card(report: NeedsData, *, whole: bool) -> Card:
    """What a notebook, or a page, shows of a report.

    Args:
        report: Whose.
        whole: Show the tables in the open, and all notes.
    """
    blocks: list[Block] = [Paragraph(words.opening(report), "lead")]
    blocks.append(Sentences(words.statements(report)))
    spoken = ", ".join(f"{point.lookback}: {words.amount(point.loss)}" for point in report.curve)
    drawn = picture(
        lambda: loss_by_lookback(report),
        "needs",
        CAPTION,
        visible(f"Loss by lookback. {spoken}."),
        instead=(),
    )
    table = curve_table(report)
    blocks += [drawn, *([table] if whole else beside(drawn, "The losses as a table", [table]))]
    if report.lags:
        blocks.append(lags_table(report))
    advice = words.advice(report)
    if advice:
        blocks += [Heading("To paste"), Code("\n".join(advice[:2])), Sentences(advice[2:])]
    told = words.circumstances(report)
    blocks += [Paragraph(one, "note mild") for one in told]
    return Card(
        title=report.target,
        blocks=blocks,
        anchor="needs",
        badge=words.BADGES[report.any_past_helps],
        badge_kind="good" if report.any_past_helps else "",
        identity=words.taken(report),
    )


def needs_page(report: NeedsData) -> Page:
    """The whole report as a page."""
    title = f"How far back {report.target} needs a model to look"
    return Page(title, "echospan needs", [needs_card(report, whole=True)])
