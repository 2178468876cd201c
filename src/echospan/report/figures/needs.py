"""The held-out loss by lookback, with what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echospan.errors import DataError
from echospan.foreign import visible
from echospan.report.figures import scales, style
from echospan.results.needs import NeedsData

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DECADES = 30.0
"""Times the lowest loss that the highest must be for a logarithmic axis."""


def loss_by_lookback(report: NeedsData) -> Figure:
    """The loss at each lookback, with its interval, and the lookbacks that the report names.

    Raises:
        DataError: No lookback was measured.
    """
    if not report.curve:
        raise DataError("No lookback was measured, so there is nothing to draw.")
    with style.styled():
        figure = style.canvas(3.1)
        axes = figure.add_subplot()
        style.plain_axes(axes)
        _curve(axes, report)
        scales.lag_axis(axes, [point.lookback for point in report.curve])
        axes.set_xlabel("lookback (steps that the model sees)")
        unit = "mean squared error" if report.kind == "numbers" else "bits a symbol"
        axes.set_ylabel(f"held-out loss ({unit})")
        style.title(axes, f"Loss by lookback: {style.shorten(visible(report.target), 40)}")
        _marks(axes, report)
        style.legend_below(axes)
    return figure


def _curve(axes: Axes, report: NeedsData) -> None:
    lookbacks = [point.lookback for point in report.curve]
    losses = [point.loss for point in report.curve]
    ends = [point.interval for point in report.curve]
    positive = [value for value in losses if value > 0]
    if positive and len(positive) == len(losses) and max(losses) / min(positive) > DECADES:
        scales.log_axis(axes, losses)
        ends = [(max(low, min(positive) / 3), high) for low, high in ends]
    style.intervals(axes, lookbacks, ends, style.BLUE)
    axes.plot(lookbacks, losses, "o-", color=style.BLUE, markersize=4.5, linewidth=1.4,
              label="held-out loss, 95 % interval", gid="loss")  # fmt: skip


def _marks(axes: Axes, report: NeedsData) -> None:
    """Upright lines where the report's answers are."""
    marks = {
        "at least": (report.at_least, style.GOLD, (1, 2)),
        "needs": (report.needs, style.ORANGE, (5, 0)),
        "shown enough": (report.enough, style.GREEN, (4, 3)),
    }
    for name, (place, colour, dashes) in marks.items():
        if place is not None and report.any_past_helps:
            axes.axvline(place, color=colour, linewidth=1.3, dashes=dashes, zorder=1,
                         label=f"{name} {place}", gid=name.replace(" ", "-"))  # fmt: skip
