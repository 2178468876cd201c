"""Loss by input steps kept, for each ablation of `uses`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echospan.errors import DataError
from echospan.report.figures import scales, style
from echospan.results.uses import UsesData

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT = 3.4


def curves(report: UsesData) -> Figure:
    """The curves with their intervals, the best constant answer, and the steps used.

    Raises:
        DataError: Nothing was run.
    """
    drawn = {name: points for name, points in report.curves.items() if len(points) > 1}
    if not drawn:
        raise DataError("No curve was measured, so there is nothing to draw.")
    with style.styled():
        figure = style.canvas(HEIGHT + (0.3 if style.narrow() else 0.0))
        axes = figure.add_subplot()
        style.plain_axes(axes, grid="y")
        for (name, points), (colour, marker) in zip(drawn.items(), style.CYCLE, strict=False):
            kept = [point.kept for point in points]
            axes.plot(
                kept, [point.loss for point in points], color=colour, marker=marker, markersize=4,
                linewidth=1.3, label=name, gid=f"curve-{name}",
            )  # fmt: skip
            ends = [(p.kept, *p.interval) for p in points if p.interval is not None and p.kept]
            if ends:
                at, low, high = zip(*ends, strict=True)
                axes.fill_between(at, low, high, color=colour, alpha=0.12, linewidth=0)
        axes.axhline(report.constant_loss, color=style.MUTED, linestyle=":", linewidth=1,
                     label="best constant answer", gid="constant")  # fmt: skip
        limit = report.full_loss + report.margin * report.gain
        axes.axhline(limit, color=style.INK, linestyle="--", linewidth=0.9,
                     label=f"{1 - report.margin:.0%} of the gain".replace("%", " %"),
                     gid="margin")  # fmt: skip
        if report.uses is not None:
            axes.axvline(report.uses, color=style.INK, linewidth=0.8, gid="uses")
        scales.lag_axis(axes, [point.kept for points in drawn.values() for point in points])
        # A constant answer is the worst that matters: what is above would flatten the rest.
        bottom = min(p.loss for points in drawn.values() for p in points)
        axes.set_ylim(bottom - 0.06 * report.gain, report.constant_loss + 0.35 * report.gain)
        axes.set_xlabel("newest input steps kept")
        axes.set_ylabel("mean loss")
        style.title(axes, "Loss with older steps taken away")
        figure.legend(
            frameon=False, fontsize=style.SMALL, labelcolor=style.INK, loc="outside lower left",
            ncols=2 if style.narrow() else 5, handletextpad=0.5, columnspacing=1.3,
        )  # fmt: skip
    return figure
