"""Difference, tolerance and power of each check of `conform`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from echospan.errors import DataError
from echospan.foreign import visible
from echospan.report.figures import scales, style
from echospan.results.conform import ConformCheck

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOW = 1e-17
"""Differences below, zero too, are drawn here: a logarithmic axis has no zero."""

HIGH = 1e30
"""Differences above are drawn at the right end."""

ROW = 0.27
"""Inches that a check takes."""

MARKS = {
    "pass": ("o", style.BLUE, "difference"),
    "fault": ("X", style.ORANGE, "fault"),
    "other": ("s", style.PURPLE, "not promised, or cannot tell"),
}
"""Marker, colour and name of a difference."""


def differences(checks: Sequence[ConformCheck]) -> Figure:
    """A row a check, on a logarithmic axis: its difference, the tolerance, the power.

    Args:
        checks: Those without a difference are left out.

    Raises:
        DataError: No check has a difference.
    """
    drawn = [one for one in checks if one.difference is not None and not math.isnan(one.difference)]
    if not drawn:
        raise DataError("No check compared anything, so there is nothing to draw.")
    with style.styled():
        figure = style.canvas(1.25 + ROW * len(drawn) + (0.25 if style.narrow() else 0.0))
        axes = figure.add_subplot()
        style.plain_axes(axes, grid="x")
        ends = _ends(drawn)
        scales.log_x_axis(axes, *ends)
        for row, check in enumerate(drawn):
            _row(axes, row, check, ends)
        axes.set_ylim(len(drawn) - 0.4, -0.6)
        axes.set_yticks(range(len(drawn)), [style.shorten(visible(one.name), 24) for one in drawn])
        axes.set_xlabel("largest absolute difference of the outputs")
        style.title(axes, "What each check measured")
        _names(axes)
    return figure


def _ends(checks: Sequence[ConformCheck]) -> tuple[float, float]:
    """The ends of the axis: whole decades around all that is drawn."""
    values = [
        min(value, HIGH)
        for one in checks
        for value in (one.difference, one.tolerance, one.power)
        if value is not None and math.isfinite(value)
    ]
    low = min((value for value in values if value > LOW), default=1e-15)
    zero = any(value <= LOW for value in values)
    bottom = 10.0 ** (math.floor(math.log10(low)) - (2 if zero else 1))
    top = max([*values, low])
    return bottom, 10.0 ** (math.ceil(math.log10(top)) + 1)


def _place(value: float | None, ends: tuple[float, float]) -> float | None:
    """Where a number is drawn: zero at the left end, what is not finite at the right."""
    if value is None or math.isnan(value):
        return None
    if not math.isfinite(value):
        return ends[1]
    return min(max(value, ends[0]), ends[1])


def _row(axes: Axes, row: int, check: ConformCheck, ends: tuple[float, float]) -> None:
    difference, tolerance, power = (
        _place(value, ends) for value in (check.difference, check.tolerance, check.power)
    )
    if tolerance is not None:
        axes.plot([ends[0], tolerance], [row, row], color=style.HIT, linewidth=7, zorder=1,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot([tolerance], [row], "|", color=style.INK, markersize=11, markeredgewidth=1.4,
                  label="tolerance", gid="tolerance")  # fmt: skip
    if power is not None:
        axes.plot([power], [row], "D", color=style.GREEN, markersize=5, markerfacecolor=style.PAPER,
                  markeredgewidth=1.3, label="power (a lost state)", gid="power")  # fmt: skip
    if difference is not None:
        kind = "fault" if check.verdict == "fault" else "pass" if check.passed else "other"
        marker, colour, name = MARKS[kind]
        axes.plot([difference], [row], marker, color=colour, markersize=6.5, label=name, zorder=4,
                  gid=f"difference-{kind}", clip_on=False)  # fmt: skip


def _names(axes: Axes) -> None:
    """One name for each kind of mark, below the figure."""
    handles, names = axes.get_legend_handles_labels()
    once = dict(zip(reversed(names), reversed(handles), strict=True))
    known = ["tolerance", *(name for _, _, name in MARKS.values()), "power (a lost state)"]
    shown = [name for name in known if name in once]
    figure = axes.figure
    figure.legend(
        [once[name] for name in shown], shown, frameon=False, fontsize=style.SMALL,
        labelcolor=style.INK, loc="outside lower left", ncols=2 if style.narrow() else len(shown),
        handletextpad=0.5, columnspacing=1.3,
    )  # fmt: skip
