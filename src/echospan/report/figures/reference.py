"""Span against bytes of state: the user's models among the reference table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from echospan.report.figures import scales, style
from echospan.report.figures.names import Name, place_names
from echospan.report.values import plural
from echospan.results.reference import ReferenceTable
from echospan.results.sheet import SheetData
from echospan.results.span_interval import span_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


ARROW = 17
"""How high an arrow stands over its mark, in points."""


class Point(NamedTuple):
    """A model in the figure.

    Attributes:
        name: At its mark.
        state: Bytes of state of one sequence.
        span: Span in steps, or its lower bound.
        measured: Whether the span was measured; else it is at least this.
        low: Lower end of its interval.
        high: Upper end; None where there is none.
        mine: Whether it is the user's.
    """

    name: str
    state: float
    span: int
    measured: bool
    low: int
    high: int | None
    mine: bool


def against_state(reference: ReferenceTable, sheets: Sequence[SheetData] = ()) -> Figure:
    """Draw the span of each model over the bytes of its state, with its interval over seeds.

    Models without a state of a known size are left out. An arrow stands for an interval without an
    upper end.

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
        scales.log_x_axis(axes, min(sizes) / 3, max(sizes) * 4)
        top = max(max(point.span, point.high or 0) for point in points)
        if top > 40:
            axes.set_yscale("symlog", linthresh=10)
        axes.set_ylim(-0.04 * top - 0.5, 1.2 * top + 1)
        axes.set_xlabel("bytes of state")
        axes.set_ylabel("span (steps)")
        figure.suptitle(
            "Span against bytes of state", x=0.012, ha="left", fontsize=style.TITLE, weight="bold"
        )
        _name(axes, points)
    return figure


def _points(reference: ReferenceTable, sheets: Sequence[SheetData]) -> list[Point]:
    points = []
    for row in reference.rows:
        if row.state_bytes and row.span_at_least is not None:
            low, high, _ = row.interval or (row.span_at_least, None, 0.0)
            measured = row.span is not None
            name = row.model if row.source == "echospan" else f"{row.model} ({row.source})"
            points.append(
                Point(name, row.state_bytes, row.span_at_least, measured, low, high, False)
            )
    for sheet in sheets:
        if sheet.bits_of_state and sheet.span_at_least is not None:
            span, measured = sheet.span_at_least, sheet.span is not None
            low, high, _ = span_interval(sheet) or (span, None, 0.0)
            points.append(
                Point(sheet.model, sheet.bits_of_state / 8, span, measured, low, high, True)
            )
    return points


def _draw(axes: Axes, point: Point) -> None:
    colour = style.BLUE if point.mine else style.MUTED
    end = point.span if point.high is None else point.high
    style.intervals(axes, [point.state], [(point.low, end)], colour)
    if point.high is None:
        axes.annotate(
            "", (point.state, point.span), (0, ARROW), textcoords="offset points", gid="open",
            arrowprops={"arrowstyle": "<-", "color": colour, "alpha": 0.6, "shrinkA": 0},
        )  # fmt: skip
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


def _name(axes: Axes, points: Sequence[Point]) -> None:
    """Names beside the marks, the user's first; how many had no room."""
    # The first in a crowd keeps the place beside its mark, so those with few neighbours come last.
    ordered = sorted(points, key=lambda point: (not point.mine, -point.span))
    names = [
        Name(
            point.state, point.span, style.shorten(point.name, 28), style.NORMAL, style.INK, "bold"
        )
        if point.mine
        else Name(point.state, point.span, style.shorten(point.name, 28), style.SMALL, style.MUTED)
        for point in ordered
    ]
    bars = [
        (p.state, p.low, p.span, ARROW) if p.high is None else (p.state, p.low, p.high, 0.0)
        for p in points
    ]
    left_out = place_names(axes, names, bars)
    if left_out:
        axes.text(
            1.0, 1.0, f"{plural(left_out, 'name')} without room", transform=axes.transAxes,
            ha="right", va="bottom", fontsize=style.SMALL, color=style.MUTED,
        )  # fmt: skip
