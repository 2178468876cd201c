"""Span against bytes of state: the user's models among the reference table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from echospan.report.figures import scales, style
from echospan.results.reference import ReferenceTable
from echospan.results.seed_spans import seed_spans
from echospan.results.sheet import SheetData

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Point(NamedTuple):
    """A model in the figure.

    Attributes:
        name: At its mark.
        state: Bytes of state of one sequence.
        span: Span in steps, or its lower bound.
        measured: Whether the span was measured; else it is at least this.
        ends: Smallest and largest span of a single seed.
        mine: Whether it is the user's.
    """

    name: str
    state: float
    span: int
    measured: bool
    ends: tuple[int, int]
    mine: bool


def against_state(reference: ReferenceTable, sheets: Sequence[SheetData] = ()) -> Figure:
    """Draw the span of each model over the bytes of its state, with the range of its seeds.

    Models without a state of a known size are left out.

    Args:
        reference: The rows of the table.
        sheets: The user's, which are highlighted.
    """
    points = _points(reference, sheets)
    with style.styled():
        figure = style.canvas(4.4)
        axes = figure.subplots()
        if not points:
            style.nothing(axes, "No model here has a state of a known size.")
            return figure
        style.plain_axes(axes)
        for point in sorted(points, key=lambda point: point.mine):
            _draw(axes, point)
        sizes = [point.state for point in points]
        scales.log_x_axis(axes, min(sizes) / 2, max(sizes) * 4)
        top = max(max(point.span, point.ends[1]) for point in points)
        if top > 40:
            axes.set_yscale("symlog", linthresh=10)
        axes.set_ylim(-0.04 * top - 0.5, 1.15 * top + 1)
        axes.set_xlabel("bytes of state")
        axes.set_ylabel("span (steps)")
        figure.suptitle(
            "Span against bytes of state", x=0.012, ha="left", fontsize=style.TITLE, weight="bold"
        )
    return figure


def _points(reference: ReferenceTable, sheets: Sequence[SheetData]) -> list[Point]:
    points = []
    for row in reference.rows:
        if row.state_bytes and row.span_at_least is not None:
            ends = row.interval or (row.span_at_least, row.span_at_least)
            points.append(
                Point(
                    row.model, row.state_bytes, row.span_at_least, row.span is not None, ends, False
                )
            )
    for sheet in sheets:
        if sheet.bits_of_state and sheet.span_at_least is not None:
            span = sheet.span_at_least
            ends = seed_spans(sheet) or (span, span)
            measured = sheet.span is not None
            points.append(Point(sheet.model, sheet.bits_of_state / 8, span, measured, ends, True))
    return points


def _draw(axes: Axes, point: Point) -> None:
    colour = style.BLUE if point.mine else style.MUTED
    style.intervals(axes, [point.state], [point.ends], colour)
    axes.plot(
        [point.state],
        [point.span],
        linestyle="none",
        marker="D" if point.mine else "o",
        markersize=8 if point.mine else 5.5,
        markerfacecolor=colour if point.measured else style.PAPER,
        markeredgecolor=colour,
        gid="mine" if point.mine else "reference",
    )
    axes.annotate(
        style.shorten(point.name, 24),
        xy=(point.state, point.span),
        xytext=(6, 5),
        textcoords="offset points",
        fontsize=style.NORMAL if point.mine else style.SMALL,
        weight="bold" if point.mine else "normal",
        color=style.INK if point.mine else style.MUTED,
    )
