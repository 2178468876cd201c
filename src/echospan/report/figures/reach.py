"""The reach map: what gets from an input to an answer, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from echospan.errors import DataError
from echospan.report.figures import style
from echospan.results.check_report import Lag, by_pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TRACKS = ("input affects\nthe output", "gradient reaches\nthe input")
MOST_LABELS, NARROW_LABELS = 28, 10


def reach_map(lags: Sequence[Lag], needed: int | None = None) -> Figure:
    """Two rows of tiles, one tile a lag: filled where it gets through, crossed where it does not.

    Args:
        lags: The lines of the map. Each pair of an input and an output has tiles of its own.
        needed: The lag that the answers need, where there is one pair; it is framed and named.

    Raises:
        DataError: There is no lag to show.
    """
    if not lags:
        raise DataError("lags must hold at least one lag; the check probed none.")
    pairs = by_pair(lags, needed)
    with style.styled():
        figure = style.canvas((2.2 if style.narrow() else 2.0) * len(pairs))
        grid = figure.subplots(len(pairs), 1, squeeze=False)
        for (axes,), (title, own, framed) in zip(grid, pairs, strict=True):
            _draw(axes, own, framed)
            style.title(axes, f"Reach map, {title}" if title else "Reach map")
        grid[-1, 0].set_xlabel("lag (steps back from the output)")
    return figure


def _draw(axes: Axes, lags: Sequence[Lag], needed: int | None) -> None:
    for column, lag in enumerate(lags):
        for row, reached in enumerate((lag.forward, lag.gradient)):
            _tile(axes, column, row, reached)
    axes.set_xlim(-0.6, max(len(lags), 6) - 0.4)
    axes.set_ylim(1.6, -0.75)
    axes.set_yticks(range(len(TRACKS)), [_folded(name) for name in TRACKS])
    step = -(-len(lags) // (NARROW_LABELS if style.narrow() else MOST_LABELS))
    places = range(0, len(lags), step)
    axes.set_xticks(list(places), [str(lags[place].lag) for place in places])
    style.unboxed(axes)
    _needed(axes, [lag.lag for lag in lags], needed)


def _folded(name: str) -> str:
    return name.replace(" ", "\n") if style.narrow() else name


def _tile(axes: Axes, column: int, row: int, reached: bool | None) -> None:
    from matplotlib.patches import Rectangle

    colour = {True: style.HIT, False: style.MISS, None: style.TILE}[reached]
    axes.add_patch(
        Rectangle((column - 0.46, row - 0.42), 0.92, 0.84, facecolor=colour, edgecolor="none")
    )
    if reached is None:
        return
    axes.plot(
        [column],
        [row],
        marker="o" if reached else "x",
        markersize=3.5 if style.narrow() else 5,
        markeredgewidth=1.6,
        color=style.BLUE if reached else style.ORANGE,
        linestyle="none",
        gid="reached" if reached else "blocked",
    )


def _needed(axes: Axes, lags: list[int], needed: int | None) -> None:
    from matplotlib.patches import Rectangle

    if needed not in lags:
        return
    column = lags.index(needed)
    axes.add_patch(
        Rectangle(
            (column - 0.5, -0.5), 1, 2, fill=False, edgecolor=style.INK, linewidth=1.2, zorder=3
        )
    )
    axes.text(column, -0.56, "needed", ha="center", va="bottom", fontsize=style.SMALL)
