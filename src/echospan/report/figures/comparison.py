"""Several variants beside each other: dots with intervals."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from echospan.report.figures import scales, style
from echospan.report.values import percent, plural
from echospan.results.run import Variant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE, NARROW_LINE, LINES = 32, 15, 2
"""Characters in a line, and lines, of a variant's name that fit beside the figure."""


class Bar(NamedTuple):
    """One row of the figure.

    Attributes:
        label: At its left.
        accuracy: Where its dot stands; None where there is no result.
        interval: Its bar.
        accuracies: Of single seeds, as rings.
        seeds: How many, at its right.
        chance: Accuracy of guessing, where that differs by row.
        baseline: Whether it is a model that learns nothing.
    """

    label: str
    accuracy: float | None
    interval: tuple[float, float] | None = None
    accuracies: tuple[float | None, ...] = ()
    seeds: int | None = None
    chance: float | None = None
    baseline: bool = False

    @classmethod
    def of(cls, variant: Variant) -> Bar:
        """A variant as a row."""
        return cls(
            variant.title,
            variant.accuracy,
            variant.interval,
            variant.accuracies,
            variant.seed_count,
        )


def comparison(
    rows: Sequence[Bar],
    chance: float | None = None,
    *,
    title: str = "Accuracy by variant",
) -> Figure:
    """Draw one row per variant: accuracy as a dot, interval as a bar, single seeds as rings.

    Args:
        rows: From top to bottom.
        chance: Accuracy of a model that knows nothing; a dashed line over all rows.
        title: Above the figure.
    """
    with style.styled():
        figure = style.canvas(1.25 + 0.44 * len(rows) if rows else 1.2)
        axes = figure.subplots()
        if not rows:
            style.nothing(axes, "There is no variant to compare.")
            return figure
        style.plain_axes(axes, grid="x")
        for place, row in enumerate(rows):
            _row(axes, place, row)
        scales.percent_axis(axes, "x", margin=0.02)
        axes.set_ylim(len(rows) - 0.45, -0.55)
        axes.set_yticks(range(len(rows)), [_label(row) for row in rows])
        size = style.SMALL if style.narrow() else style.NORMAL
        axes.tick_params(axis="y", labelsize=size, colors=style.INK, pad=8)
        axes.set_xlabel("accuracy")
        figure.suptitle(title, x=0.012, ha="left", fontsize=style.TITLE, weight="bold")
        if chance is not None:
            scales.chance_line(axes, chance, f"chance, {percent(chance)}", side="top")
    return figure


def _label(row: Bar) -> str:
    line, most = (NARROW_LINE, LINES + 1) if style.narrow() else (LINE, LINES)
    lines = textwrap.wrap(row.label, line, max_lines=most, placeholder=" …")
    return "\n".join(lines)


def _row(axes: Axes, place: int, row: Bar) -> None:
    accuracy, baseline = row.accuracy, row.baseline
    if accuracy is None:
        axes.text(0.01, place, "no result", va="center", color=style.MUTED, fontsize=8)
        return
    low, high = row.interval or (accuracy, accuracy)
    colour = style.MUTED if baseline else style.BLUE
    axes.plot(
        [low, high],
        [place, place],
        color=colour,
        linewidth=5,
        alpha=0.33,
        gid="interval",
        solid_capstyle="round",
    )
    singles = [value for value in row.accuracies if value is not None]
    if len(singles) > 1:
        axes.plot(
            singles,
            [place] * len(singles),
            linestyle="none",
            marker="o",
            markersize=3.4,
            markerfacecolor="none",
            markeredgecolor=colour,
            markeredgewidth=0.8,
            gid="seeds",
        )
    axes.plot(
        [accuracy],
        [place],
        marker="D" if baseline else "o",
        markersize=6.5 if baseline else 7.5,
        color=colour,
        gid="accuracy",
    )
    if row.chance is not None:
        axes.plot([row.chance], [place], marker="|", markersize=13, color=style.INK, gid="chance")
    seeds = row.seeds
    beside: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
    }
    axes.annotate(
        percent(accuracy),
        xy=(1, place),
        xytext=(8, 4 if seeds else 0),
        va="center",
        fontsize=style.NORMAL,
        weight="normal" if baseline else "bold",
        color=style.MUTED if baseline else style.INK,
        **beside,
    )
    if seeds:
        axes.annotate(
            plural(seeds, "seed"),
            xy=(1, place),
            xytext=(8, -7),
            va="center",
            fontsize=style.SMALL - 0.5,
            color=style.MUTED,
            **beside,
        )
