"""Several variants beside each other: dots with intervals."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from echospan.report.figures import style
from echospan.report.values import items, name_of, number, pair, percent, plural, seeds_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE, LINES = 32, 2
"""Characters in a line, and lines, of a variant's name that fit beside the figure."""


def comparison(
    variants: Sequence[Mapping[str, Any]],
    chance: float | None = None,
    *,
    title: str = "Accuracy by variant",
) -> Figure:
    """One row per variant: accuracy as a dot, its interval as a bar, single seeds as small rings.

    Args:
        variants: Tables with ``label`` or ``name``, ``accuracy``, ``interval`` and optionally
            ``accuracies`` (one per seed), ``seeds``, and ``chance`` where it differs by row.
        chance: Accuracy of a model that knows nothing; a dashed line over all rows.
        title: Above the figure.
    """
    rows = list(variants)
    with style.styled():
        figure = style.canvas(1.05 + 0.44 * len(rows) if rows else 1.2)
        axes = figure.subplots()
        if not rows:
            style.nothing(axes, "There is no variant to compare.")
            return figure
        style.plain_axes(axes, grid="x")
        for place, variant in enumerate(rows):
            _row(axes, place, variant)
        style.percent_axis(axes, "x", margin=0.02)
        axes.set_ylim(len(rows) - 0.45, -0.55)
        axes.set_yticks(range(len(rows)), [_label(row) for row in rows])
        axes.tick_params(axis="y", labelsize=style.NORMAL, colors=style.INK, pad=8)
        figure.suptitle(title, x=0.012, ha="left", fontsize=style.TITLE, weight="bold")
        if chance is not None:
            style.chance_line(axes, chance, f"chance, {percent(chance)}", side="top")
    return figure


def _label(variant: Mapping[str, Any]) -> str:
    lines = textwrap.wrap(name_of(variant), LINE, max_lines=LINES, placeholder=" …")
    return "\n".join(lines)


def _row(axes: Axes, place: int, variant: Mapping[str, Any]) -> None:
    accuracy = number(variant.get("accuracy"))
    if accuracy is None:
        axes.text(0.01, place, "no result", va="center", color=style.MUTED, fontsize=8)
        return
    low, high = pair(variant.get("interval")) or (accuracy, accuracy)
    baseline = bool(variant.get("baseline"))
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
    singles = [
        value for value in map(number, items(variant.get("accuracies"))) if value is not None
    ]
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
    own = number(variant.get("chance"))
    if own is not None:
        axes.plot([own], [place], marker="|", markersize=13, color=style.INK, gid="chance")
    seeds = seeds_of(variant)
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
