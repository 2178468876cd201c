"""Panels of a memory spec sheet with the lags across: accuracy, and bits held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from echospan.report.figures import style
from echospan.report.values import percent
from echospan.results.lag_row import LagRow
from echospan.results.sheet import SheetData

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNDECIDED = "undecided"


def scored_as(sheets: Sequence[SheetData]) -> str:
    """What the sheets' accuracy is."""
    return "R2" if sheets[0].scored_as == "R2" else "Accuracy"


def by_lag(axes: Axes, sheets: Sequence[SheetData]) -> None:
    """The median seeds with their intervals, and the seeds; of one sheet the field, too."""
    style.plain_axes(axes)
    largest = 1.0
    for place, sheet in enumerate(sheets):
        colour, marker = style.CYCLE[place % len(style.CYCLE)]
        rows = [row for row in sheet.per_lag if row.accuracy is not None]
        x = [float(row.lag) for row in rows]
        y = [row.accuracy or 0.0 for row in rows]
        largest = max([largest, *x])
        for at, row in zip(x, rows, strict=True):
            _seeds(axes, at, row, colour, alone=len(sheets) == 1)
        ends = [row.interval or (v, v) for row, v in zip(rows, y, strict=True)]
        style.intervals(axes, x, ends, colour)
        name = style.shorten(sheet.model, 30)
        points = list(zip(x, y, [row.outcome != UNDECIDED for row in rows], strict=True))
        # No line goes to what the budget cut short: it would look like a fall.
        whole = [(at, v) for at, v, decided in points if decided]
        axes.plot(*_apart(whole), color=colour, marker=marker, markersize=5, label=name, zorder=3)
        axes.plot(
            *_apart([(at, v) for at, v, decided in points if not decided]),
            marker,
            markersize=5,
            markerfacecolor=style.PAPER,
            markeredgecolor=colour,
            zorder=4,
        )
    style.percent_axis(axes)
    lag_axis(axes, largest)
    tested = {row.lag for sheet in sheets for row in sheet.per_lag if row.accuracy is not None}
    if len(tested) == 1:
        # Else the axis is a fraction of a step wide.
        axes.set_xlim(max(tested) - 1, max(tested) + 1)
    word = sheets[0].distance
    axes.set_xlabel(f"{word}, in steps" if word == "lag" else word)
    axes.axhline(sheets[0].threshold, color=style.GREEN, linewidth=0.9, dashes=(1, 2), zorder=1)
    if len(sheets) == 1:
        axes.set_title(f"{scored_as(sheets)} by {word}")
        field = sheets[0].receptive_field
        if field is not None and field - 1 <= largest:
            axes.axvline(field - 0.5, color=style.PURPLE, linewidth=1.1, dashes=(4, 3))
            axes.annotate(
                f"receptive field {field}",
                (field - 0.5, 0.72),
                # Beyond the fall of the curve, where the axes go on so far.
                xytext=(3, 0) if field < largest else (-3, 0),
                textcoords="offset points",
                rotation=90,
                ha="left" if field < largest else "right",
                va="center",
                fontsize=style.SMALL,
                color=style.PURPLE,
            )
    else:
        style.legend(axes, style.SMALL + 0.5)
    chance = sheets[0].chance
    style.chance_line(axes, chance, f"chance, {percent(chance)}", side="left")


def _seeds(axes: Axes, lag: float, row: LagRow, colour: str, *, alone: bool) -> None:
    """Each seed as a dot; beside other models, a thin line from the lowest to the highest."""
    known = [seed.accuracy for seed in row.seeds if seed.accuracy is not None]
    if alone:
        axes.plot([lag] * len(known), known, "o", color=style.FAINT, markersize=3.5, zorder=2)
    elif known:
        axes.vlines(lag, min(known), max(known), color=colour, linewidth=1)


def _apart(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def bits_held(axes: Axes, sheet: SheetData) -> None:
    """Bits that answers prove to be held, beside what each lag asks for and the state's bound."""
    capacity = sheet.capacity
    axes.set_title("Bits stored, from the predictions")
    if capacity is None:
        style.nothing(axes, why_not(sheet, "no lag was decided"))
        return
    style.plain_axes(axes)
    x, y = [float(one.lag) for one in capacity.held], [one.bits for one in capacity.held]
    needed = [one.needed for one in capacity.held]
    style.intervals(axes, x, [one.over_seeds for one in capacity.held], style.BLUE)
    axes.plot(x, needed, color=style.INK, linewidth=1.1, dashes=(4, 3), label="needed")
    axes.plot(x, y, color=style.BLUE, marker="o", markersize=5, label="stored, at least", zorder=3)
    bound = capacity.of_state
    if bound is not None and bound <= 1.3 * max(needed):
        axes.axhline(
            bound, color=style.PURPLE, linewidth=1.1, dashes=(1, 2), label="the state's size"
        )
    axes.set_ylim(bottom=0)
    axes.set_ylabel("bits")
    lag_axis(axes, max(x))
    axes.set_xlabel("lag, in steps")
    style.legend(axes, loc="upper left")


def why_not(sheet: SheetData, why: str) -> str:
    """Why a panel of the echo task is empty."""
    return why if sheet.task == "echo" else "measured in the echo task only"


def lag_axis(axes: Axes, largest: float) -> None:
    """Whole numbers, even up to 40, then closer and closer."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, SymmetricalLogLocator

    if largest > 40:
        axes.set_xscale("symlog", linthresh=10, linscale=1.5)
        axes.xaxis.set_major_locator(
            SymmetricalLogLocator(base=10, linthresh=10, subs=[1.0, 2.0, 5.0])
        )
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlim(left=0)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
