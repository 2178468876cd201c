"""One look for every figure: palette, type, axes. White ground, readable at 700 pixels.

The palette is Okabe and Ito's (2008), which stays distinct for the common kinds of
colour-blindness. No figure relies on colour alone. The page replaces the colours in
`ADAPTIVE` by its own, so that figures follow light and dark mode.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from echospan.extras import needs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.2
"""Width of every figure in inches (720 pixels at 100 dots per inch)."""

INK = "#1f2a33"
MUTED = "#5c6a76"
GRID = "#dfe5ea"
PAPER = "#ffffff"
BLUE = "#0072b2"
ORANGE = "#d55e00"
GREEN = "#00805d"
PURPLE = "#a5568a"
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
    "tile": TILE,
    "hit": HIT,
    "miss": MISS,
    "faint": FAINT,
}
"""Colours that the page may change with its own ground, by name."""

CYCLE = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PURPLE, "D"), (INK, "v"), (MUTED, "P"))
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


def canvas(height: float, *, bare: bool = False) -> Figure:
    """An empty figure on the Agg canvas, free of pyplot's global state; height in inches.

    Args:
        height: The width is always `WIDTH`.
        bare: Leave the layout to the caller.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = None if bare else ConstrainedLayoutEngine(w_pad=0.09, h_pad=0.08, wspace=0.05)
    figure = Figure(figsize=(WIDTH, height), dpi=100, layout=layout)
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
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, height)
    axes.set_axis_off()
    return figure, axes


def percent_axis(axes: Axes, which: str = "y", *, margin: float = 0.03) -> None:
    """An axis of proportions from 0 to 100 %."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_locator(MultipleLocator(0.25))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))
    limits = axes.set_ylim if which == "y" else axes.set_xlim
    limits(-margin, 1 + margin)


def count_axis(axes: Axes, ticks: int = 5) -> None:
    """A horizontal axis of whole numbers with separators and about that many ticks."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.xaxis
    axis.set_major_locator(MaxNLocator(nbins=ticks, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def log_axis(axes: Axes, values: list[float]) -> None:
    """A logarithmic y axis with plain numbers (0.01, 0.1, 1), one to three ticks a decade."""
    import math

    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    decades = math.log10(max(values) / min(values)) if values else 1.0
    subs = (1.0,) if decades > 2.2 else (1.0, 2.0, 5.0)
    axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()


def chance_line(axes: Axes, level: float, text: str, *, side: str = "right") -> None:
    """A dashed line at the chance level, named at the left, at the right, or above ("top")."""
    upright = side == "top"
    draw = axes.axvline if upright else axes.axhline
    draw(level, color=INK, linewidth=1.1, dashes=(4, 3), zorder=1.5, label=text, gid="chance")
    if upright:
        axes.annotate(
            text,
            xy=(level, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center" if 0.1 < level < 0.9 else "left" if level <= 0.1 else "right",
            va="bottom",
            fontsize=SMALL,
            color=INK,
        )
        return
    axes.annotate(
        text,
        xy=(1 if side == "right" else 0, level),
        xycoords=("axes fraction", "data"),
        xytext=(-2 if side == "right" else 2, 4),
        textcoords="offset points",
        ha=side,
        va="bottom",
        fontsize=SMALL,
        color=INK,
        bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
        zorder=4,
    )


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
