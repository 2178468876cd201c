"""One look for every figure: palette, type, widths. White ground, readable at 700 pixels.

The palette is Okabe and Ito's (2008), which stays distinct for the common kinds of
colour-blindness. No figure relies on colour alone. The page replaces the colours in
`ADAPTIVE` by its own, so that figures follow light and dark mode.
"""

from __future__ import annotations

import textwrap
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from echospan.extras import needs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.2
"""Width of a figure in inches, unless it is asked for another (720 pixels at 100 dots per inch)."""

COLUMN = 3.5
"""Width in inches for a phone, and for a column of a paper with two."""

_width: ContextVar[float] = ContextVar("width", default=WIDTH)

INK = "#1f2a33"
MUTED = "#5c6a76"
GRID = "#dfe5ea"
PAPER = "#ffffff"
BLUE = "#0072b2"
ORANGE = "#d55e00"
GREEN = "#00805d"
PURPLE = "#a5568a"
GOLD = "#a67c00"
TILE = "#eff3f6"
HIT = "#d9eaf5"
MISS = "#fbe2d3"
FAINT = "#9fb4c4"

ADAPTIVE = {
    "ink": INK,
    "muted": MUTED,
    "grid": GRID,
    "paper": PAPER,
    "blue": BLUE,
    "orange": ORANGE,
    "green": GREEN,
    "purple": PURPLE,
    "gold": GOLD,
    "tile": TILE,
    "hit": HIT,
    "miss": MISS,
    "faint": FAINT,
}
"""Colours that the page may change with its own ground, by name."""

CYCLE = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PURPLE, "D"), (GOLD, "v"), (INK, "P"))
"""Colour and marker of the first, second, ... series of a figure."""

SMALL, NORMAL, TITLE = 7.5, 9.0, 10.5
"""Type sizes in points."""

_RC: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": NORMAL,
    "text.color": INK,
    "text.parse_math": False,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "axes.titlesize": TITLE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": GRID,
    "hatch.linewidth": 0.7,
    "svg.hashsalt": "echospan",
    "path.simplify": True,
    # Letters that stay letters.
    "svg.fonttype": "none",
    # Outlines that a publisher's checks take and a reader can search.
    "pdf.fonttype": 42,
}

_lock = threading.RLock()


@contextmanager
def styled(**more: Any) -> Iterator[None]:
    """Matplotlib's own defaults plus this style, for as long as the block lasts.

    Settings from the reader's matplotlibrc are left out, so that the same run gives the same figure
    everywhere. Matplotlib's settings belong to the process: the lock keeps threads apart.
    """
    needs("A figure", "matplotlib")
    from matplotlib import style

    rc = {**_RC, **more}
    with _lock, warnings.catch_warnings(), style.context(rc, after_reset=True):
        # A label in a script that DejaVu Sans lacks is drawn as boxes; that is no reason to fail.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        # Nor is a machine so busy that the search for a place takes more than a second.
        warnings.filterwarnings("ignore", message="Creating legend with loc")
        yield


@contextmanager
def at_width(inches: float) -> Iterator[None]:
    """Figures of that width, for as long as the block lasts; type keeps its size."""
    before = _width.set(inches)
    try:
        yield
    finally:
        _width.reset(before)


def width() -> float:
    """Inches across the figure that is drawn."""
    return _width.get()


def narrow() -> bool:
    """Whether there is no room for two panels beside each other."""
    return width() < 5.0


def canvas(height: float, *, bare: bool = False) -> Figure:
    """An empty figure on the Agg canvas, free of pyplot's global state; height in inches.

    Args:
        height: The width is `width()`.
        bare: Leave the layout to the caller.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    from echospan.report.figures.shown import Figure

    layout = None if bare else ConstrainedLayoutEngine(w_pad=0.09, h_pad=0.08, wspace=0.05)
    figure = Figure(figsize=(width(), height), dpi=100, layout=layout)
    FigureCanvasAgg(figure)
    return figure


def plain_axes(axes: Axes, *, grid: str = "y") -> None:
    """Open axes: a light grid along one direction, no box, quiet ticks."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(axis="both", which="both", length=0, labelsize=8, colors=MUTED, pad=5)
    axes.tick_params(axis="x", which="major", length=3, color=FAINT)
    axes.grid(True, axis=grid, which="major", color=GRID, linewidth=0.8)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


def sheet(height: float) -> tuple[Figure, Axes]:
    """A figure with one bare axes over all of it, in inches from the lower left corner."""
    figure = canvas(height, bare=True)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, width())
    axes.set_ylim(0, height)
    axes.set_axis_off()
    return figure, axes


def unboxed(axes: Axes) -> None:
    """Axes of tiles: no box, no tick marks, quiet labels."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, labelsize=8, colors=MUTED)


def intervals(axes: Axes, x: Any, ends: Sequence[tuple[float, float]], colour: str) -> None:
    """An upright bar at each x, from the lower to the upper end of its interval."""
    low, high = [end[0] for end in ends], [end[1] for end in ends]
    axes.vlines(x, low, high, color=colour, linewidth=3.2, alpha=0.35, gid="interval")


def legend(axes: Axes, size: float = SMALL, **more: Any) -> None:
    """Names of the lines, without a frame."""
    axes.legend(frameon=False, fontsize=size, labelcolor=INK, **more)


def title(axes: Axes, text: str) -> None:
    """The axes' title, in two lines where one would not fit."""
    axes.set_title(textwrap.fill(text, 28) if narrow() else text)


def legend_aside(axes: Axes) -> None:
    """Names of many lines: at the right of the axes, or below them where the figure is narrow."""
    if narrow():
        legend_below(axes)
        return
    axes.legend(
        frameon=False, fontsize=SMALL, labelcolor=INK, loc="upper left",
        bbox_to_anchor=(1, 1), borderaxespad=0.0,
    )  # fmt: skip


def legend_below(axes: Axes, **more: Any) -> None:
    """Names of the lines in rows below the whole figure."""
    longest = max((len(name) for name in axes.get_legend_handles_labels()[1]), default=1)
    axes.figure.legend(
        frameon=False, fontsize=SMALL, labelcolor=INK, loc="outside lower left",
        # A letter is about 4.5 points wide, the line before it about 40 with its gap.
        ncols=max(1, min(6, int(72 * width() / (4.5 * longest + 40)))),
        handletextpad=0.5, columnspacing=1.3, **more,
    )  # fmt: skip


def small(axes: Axes, x: float, y: float, text: str, **more: Any) -> None:
    """A word in small, quiet type, its middle at the height y."""
    axes.text(x, y, text, **{"fontsize": SMALL, "va": "center", "color": MUTED, **more})


def nothing(axes: Axes, text: str) -> None:
    """Say inside empty axes why there is nothing to see."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED)


def shorten(text: str, most: int) -> str:
    """At most that many characters, with an ellipsis where some were left out."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
