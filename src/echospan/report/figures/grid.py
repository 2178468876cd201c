"""A two-by-two (or n-by-m) experiment as annotated cells."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from echospan.errors import DataError
from echospan.report.figures import style
from echospan.report.values import percent, percent_interval, plural
from echospan.results.run import Grid, Variant
from echospan.results.tolerant import items

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, TOP, ROW = 1.75, 0.62, 1.02
NARROW_LEFT, NARROW_TOP = 0.85, 0.8
LOW, HIGH = (0xEA, 0xF1, 0xF7), (0x05, 0x4A, 0x7D)
DARK, LIGHT = "#13202b", "#fbfdff"


def grid(grid: Grid, variants: Sequence[Variant], chance: float | None = None) -> Figure:
    """Cells in the order of the grid, each with accuracy, interval and number of seeds.

    Args:
        grid: Names of the rows, the columns and the variants in the cells.
        variants: By whose names the cells are filled.
        chance: Accuracy of a model that knows nothing, written below the cells.

    Raises:
        DataError: ``cells`` does not have one entry per row and column.
    """
    rows, columns, cells = cells_of(grid)
    by_name = {variant.name: variant for variant in variants}
    foot = 0.34 if chance is not None else 0.1
    left, top = (NARROW_LEFT, NARROW_TOP) if style.narrow() else (LEFT, TOP)
    height = top + ROW * len(rows) + foot
    with style.styled():
        figure, axes = style.sheet(height)
        wide = (style.width() - left - 0.1) / len(columns)
        for place, name in enumerate(columns):
            axes.text(
                left + wide * (place + 0.5),
                height - top / 2,
                textwrap.fill(style.shorten(name, 60), max(10, int(wide / 0.085))),
                ha="center",
                va="center",
                fontsize=style.NORMAL,
                weight="bold",
                gid="column",
            )
        for down, name in enumerate(rows):
            middle = height - top - ROW * (down + 0.5)
            axes.text(
                0.1,
                middle,
                textwrap.fill(style.shorten(name, 60), 9 if style.narrow() else 20),
                va="center",
                fontsize=style.NORMAL,
                weight="bold",
                gid="row",
            )
            for across, cell in enumerate(cells[down]):
                _cell(axes, left + wide * across, middle - ROW / 2, wide, by_name.get(cell))
        if chance is not None:
            words = f"chance: {percent(chance)}"
            style.small(axes, left + 0.04, 0.16, words, fontsize=style.SMALL + 0.5)
    return figure


def cells_of(grid: Grid) -> tuple[tuple[str, ...], tuple[str, ...], list[list[str]]]:
    """Return row names, column names and the variant names in the cells.

    Raises:
        DataError: ``cells`` does not have one entry per row and column.
    """
    rows, columns = grid.rows, grid.columns
    cells = [[str(name) for name in items(line)] for line in grid.cells or ()]
    if not rows or not columns or [len(line) for line in cells] != [len(columns)] * len(rows):
        raise DataError(
            f"grid cells must have {len(rows)} rows of {len(columns)}; "
            f"got rows of {[len(line) for line in cells]}."
        )
    return rows, columns, cells


def _cell(axes: Axes, x: float, y: float, wide: float, variant: Variant | None) -> None:
    from matplotlib.patches import FancyBboxPatch

    accuracy = variant.accuracy if variant else None
    fill, text = (style.TILE, style.INK) if accuracy is None else _colours(accuracy)
    axes.add_patch(
        FancyBboxPatch(
            (x + 0.1, y + 0.1),
            wide - 0.2,
            ROW - 0.2,
            boxstyle="round,pad=0.06,rounding_size=0.07",
            facecolor=fill,
            edgecolor=style.FAINT if accuracy is None else fill,
            linestyle="--" if accuracy is None else "-",
            linewidth=1,
            gid="cell",
        )
    )
    centre = x + wide / 2
    if variant is None or accuracy is None:
        axes.text(centre, y + ROW / 2, "not run", ha="center", va="center", color=style.MUTED)
        return
    seeds = variant.seed_count
    interval = percent_interval(variant.interval)
    details = [interval, plural(seeds, "seed") if seeds else ""]
    axes.text(
        centre,
        y + ROW * (0.68 if style.narrow() else 0.6),
        percent(accuracy),
        ha="center",
        va="center",
        fontsize=17,
        weight="bold",
        color=text,
        gid="accuracy",
    )
    axes.text(
        centre,
        y + ROW * 0.27,
        ("\n" if style.narrow() else " · ").join(part for part in details if part),
        ha="center",
        va="center",
        fontsize=style.SMALL + 0.5,
        color=text,
        gid="details",
    )


def _colours(accuracy: float) -> tuple[str, str]:
    """Fill and text colour of a cell: light at 0, deep blue at 1."""
    share = min(1.0, max(0.0, accuracy))
    mixed = [round(low + (high - low) * share) for low, high in zip(LOW, HIGH, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed), LIGHT if share > 0.45 else DARK
