"""The four numbers of a diagnosis as bars on one logarithmic axis of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from echospan.foreign import visible
from echospan.report.diagnosis_words import OPENINGS
from echospan.report.figures import style
from echospan.results.diagnosis import NAMES, DiagnosisData

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS = {
    "needs": "data need",
    "framing_reach": "framing brings",
    "span": "architecture can",
    "uses": "training uses",
}

LINKS = {"framing": "framing_reach", "architecture": "span", "training": "uses"}
"""The bar that stands for each weak link."""

NARROW = 5.0
"""Inches up to which a figure is narrow."""

LEFT = 0.7
"""Left end of the axis; 0 stands on it."""


def four_bars(found: DiagnosisData) -> Figure:
    """A bar for each number, its interval, and a line at what the data need."""
    ends = [end for one in found.intervals.values() for end in one if end is not None]
    steps = [one for name in NAMES if (one := found.steps(name)) is not None]
    right = 1.9 * max([4, *ends, *steps])
    with style.styled():
        figure = style.canvas(2.6)
        axes = figure.add_subplot()
        style.plain_axes(axes, grid="x")
        axes.set_xscale("log")
        axes.set_xlim(LEFT, right)
        weak = LINKS.get(found.weakest_link)
        for place, name in enumerate(NAMES):
            _bar(axes, found, name, place, right, weak=name == weak)
        if found.needs:
            axes.axvline(found.needs, color=style.INK, linewidth=1.0, dashes=(4, 3), gid="needed")
        axes.set_yticks(range(len(NAMES)), [LABELS[name] for name in NAMES])
        axes.tick_params(axis="y", colors=style.INK)
        axes.set_ylim(len(NAMES) - 0.45, -0.6)
        _ticks(axes, right)
        # A column of a paper has no room for how it is read.
        read = " (log scale; lines: 95 % intervals)" if style.width() > NARROW else ""
        axes.set_xlabel(f"newest input steps{read}")
        style.title(axes, visible(OPENINGS[found.weakest_link]).rstrip("."))
    return figure


def _bar(
    axes: Axes, found: DiagnosisData, name: str, place: int, right: float, *, weak: bool
) -> None:
    steps = found.steps(name)
    if steps is None:
        # What follows a colon is detail: the table has it.
        told = found.reasons.get(name, "not measured").split(": ")[0].split("; ")[0]
        why = style.shorten(visible(told), _letters())
        style.small(axes, LEFT * 1.06, place, why)
        return
    colour = style.ORANGE if weak else style.BLUE if name == "needs" else style.FAINT
    end = max(steps, LEFT)
    axes.barh(place, end - LEFT, left=LEFT, height=0.52, color=colour, gid=f"bar-{name}")
    low, high = found.intervals.get(name, (steps, steps))
    furthest = right if high is None else max(high, LEFT)
    if (low, high) != (steps, steps):
        axes.plot([max(low, LEFT), furthest], [place, place], color=style.INK, linewidth=1.4,
                  solid_capstyle="butt", gid=f"interval-{name}")  # fmt: skip
        if high is None:
            axes.annotate("", (right, place), (right / 1.12, place), gid=f"open-{name}",
                          arrowprops={"arrowstyle": "-|>", "color": style.INK})  # fmt: skip
    text: dict[str, Any] = {"fontsize": style.NORMAL, "color": style.INK, "va": "center"}
    if high is None:
        side = "left" if end < right / 3 else "right"
        axes.text(max(end, low), place - 0.38, f" {steps:,} or more", ha=side, **text)
        return
    weight = "bold" if weak else "normal"
    axes.text(max(end, furthest) * 1.06, place, f"{steps:,}", fontweight=weight, **text)


def _letters() -> int:
    """How many letters of small type there is room for."""
    return int((style.width() - 1.6) * 72 / 4.2)


def _ticks(axes: Axes, right: float) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    subs = range(1, 10) if right < 10 else (1, 2, 5) if right < 3_000 else (1,)
    ticks = [sub * 10**power for power in range(9) for sub in subs if sub * 10**power < right]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
