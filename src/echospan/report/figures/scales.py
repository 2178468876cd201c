"""Scales and reference lines of axes: shares, lags, counts, logarithms, chance, threshold."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from echospan.report.figures.style import GREEN, INK, PAPER, SMALL, narrow, width
from echospan.report.values import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOGIT_TICKS = (0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
"""Shares that a logit axis names, where they lie inside it."""

EDGE = 0.0004
"""How near to 0 and 1 a logit axis goes; what lies beyond stands on its end."""

MOST_TICKS = 6
"""Places that each have a tick of their own."""


def percent_axis(axes: Axes, which: str = "y", *, margin: float = 0.03) -> None:
    """An axis of proportions from 0 to 100 %."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_locator(MultipleLocator(0.25))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))
    limits = axes.set_ylim if which == "y" else axes.set_xlim
    limits(-margin, 1 + margin)


def logit_axis(axes: Axes, values: Collection[float]) -> None:
    """A y axis of proportions that is stretched towards 0 and 100 %.

    95, 99 and 99.9 % are told apart on it, which on an even axis are one point. Its ends stand for
    0 and 100 %, which have no place of their own.

    Args:
        axes: Whose.
        values: What is drawn, chance and threshold included.
    """
    from matplotlib.ticker import FixedLocator, NullFormatter

    low = min([0.2, *values])
    # The largest tick below all values, or the end.
    floor = max((tick for tick in LOGIT_TICKS if tick < low), default=EDGE)
    axes.set_yscale("function", functions=(_logit, _expit))
    ticks = [tick for tick in LOGIT_TICKS if floor <= tick]
    ends = {1 - EDGE: "100 %", **({EDGE: "0 %"} if floor == EDGE else {})}
    named = [*ends, *ticks]
    axes.yaxis.set_major_locator(FixedLocator(sorted(named)))
    labels = {**{tick: percent(tick) for tick in ticks}, **ends}
    axes.set_yticklabels([labels[tick] for tick in sorted(named)])
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(_expit(_logit(floor) - 0.25), _expit(_logit(1 - EDGE) + 0.35))


def _logit(share: Any) -> Any:
    import numpy as np

    # Wider than the ends: the axes' own limits lie a little beyond them.
    inside = np.clip(share, EDGE / 4, 1 - EDGE / 4)
    return np.log(inside / (1 - inside))


def _expit(value: Any) -> Any:
    import numpy as np

    return 1 / (1 + np.exp(-np.asarray(value)))


def on_logit(share: float) -> float:
    """Where a share is drawn on a logit axis: at its end, if it lies beyond it."""
    return min(1 - EDGE, max(EDGE, share))


def whole_axis(axes: Axes) -> None:
    """A vertical axis with ticks at whole numbers only, of which it shows two at least."""
    from matplotlib.ticker import MaxNLocator

    low, high = axes.get_ylim()
    if high - low < 2:
        axes.set_ylim(max(round(low) - 1, -0.2), round(high) + 1.2)
    axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 2.5, 5, 10]))


def own_ticks(axes: Axes, places: Sequence[float]) -> None:
    """A tick for each place of a horizontal axis, where they are few and none is close to another.

    Args:
        axes: Whose.
        places: In rising order.
    """
    if not 1 < len(places) <= MOST_TICKS:
        return
    room = (places[-1] - places[0]) / (2 * MOST_TICKS)
    if all(after - before >= room for before, after in pairwise(places)):
        axes.set_xticks(places)


def count_axis(axes: Axes, ticks: int = 5) -> None:
    """A horizontal axis of whole numbers with separators and about that many ticks."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.xaxis
    if narrow():
        ticks = min(ticks, 6)
    axis.set_major_locator(MaxNLocator(nbins=ticks, integer=True, min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def lag_axis(axes: Axes, lags: Collection[float]) -> None:
    """Whole numbers: even up to 40, then closer and closer; around a single lag, that one.

    Args:
        axes: Whose x axis.
        lags: Those that are drawn.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, SymmetricalLogLocator

    largest, distinct = max(lags, default=1), sorted(set(lags))
    if len(distinct) == 1:
        # An axis of its own making would be a fraction of a step wide.
        axes.set_xlim(largest - 1, largest + 1)
        axes.xaxis.set_major_locator(FixedLocator(distinct))
    elif largest > 40:
        axes.set_xscale("symlog", linthresh=10, linscale=1.5)
        axes.xaxis.set_major_locator(
            SymmetricalLogLocator(base=10, linthresh=10, subs=[1.0, 2.0, 5.0])
        )
        axes.set_xlim(left=0)
    elif len(distinct) < 2 or _room_for_each(distinct):
        axes.xaxis.set_major_locator(FixedLocator(distinct))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
    # At last: a change of scale brings its own formatter.
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _room_for_each(lags: Sequence[float]) -> bool:
    """Whether the labels of neighbouring lags stand apart, even in one of two panels."""
    nearest = min(after - before for before, after in pairwise(lags))
    return 72 * 0.4 * width() * nearest / (lags[-1] - lags[0]) >= 9


def log_axis(axes: Axes, values: Sequence[float]) -> None:
    """A logarithmic y axis, one to three ticks a decade, all written alike.

    Numbers are plain down to 0.001; on an axis that goes below, all are powers of ten.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    low, high = (min(values), max(values)) if values else (1.0, 10.0)
    decades = math.log10(high / low)
    subs = (1.0,) if decades > 2.2 else (1.0, 2.0, 5.0)
    axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=8))
    powers = low < 0.001 and subs == (1.0,)
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: _power(value) if powers else f"{value:g}")
    )
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()


def log_x_axis(axes: Axes, low: float, high: float) -> None:
    """A logarithmic x axis over many decades, whose ticks are powers of ten.

    Args:
        axes: Whose.
        low: Its left end, more than 0.
        high: Its right end.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator

    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(LogLocator(numticks=6 if narrow() else 10))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _power(value)))
    axes.minorticks_off()


def _power(value: float) -> str:
    return f"10{str(round(math.log10(value))).translate(RAISED)}" if value > 0 else "0"


RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Digits as exponents: figures have no markup, so that a model's name is never taken for some."""


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
    _name(axes, level, text, side, INK)


def threshold_line(axes: Axes, level: float, *, side: str = "right") -> None:
    """A dotted line at the share above which a lag counts as solved, with its name on it."""
    axes.axhline(level, color=GREEN, linewidth=1.1, dashes=(1, 2), zorder=1, gid="threshold")
    _name(axes, level, f"threshold, {percent(level)}", side, GREEN)


def _name(axes: Axes, level: float, text: str, side: str, colour: str) -> None:
    axes.annotate(
        text,
        xy=(1 if side == "right" else 0, level),
        xycoords=("axes fraction", "data"),
        xytext=(-2 if side == "right" else 2, 4),
        textcoords="offset points",
        ha=side,
        va="bottom",
        fontsize=SMALL,
        color=colour,
        bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
        zorder=4,
    )
