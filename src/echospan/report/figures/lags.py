"""Skill and cost as functions of the lag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from echospan.errors import DataError
from echospan.report.figures import scales, style
from echospan.report.values import percent
from echospan.results.run import Variant
from echospan.results.tolerant import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LAG = "task.lag"

PANELS = (("Accuracy by lag", "accuracy"), ("Seconds by lag", "seconds of training"))


class Point(NamedTuple):
    """One variant as a point of a curve."""

    lag: float
    accuracy: float
    interval: tuple[float, float]
    seconds: float | None


def lags(variants: Sequence[Variant], chance: float | None = None) -> Figure:
    """Accuracy with intervals, and seconds, by lag; one curve per combination of other settings.

    Args:
        variants: Those whose ``settings`` hold ``task.lag``; others are left out.
        chance: Accuracy of a model that knows nothing; a dashed line.

    Raises:
        DataError: No variant has a lag and an accuracy.
    """
    curves = by_lag(variants)
    if not curves:
        raise DataError(f"variants must have {LAG!r} among their settings; none of them does.")
    timed = any(point.seconds is not None for points in curves.values() for point in points)
    with style.styled():
        count = 2 if timed else 1
        across = 1 if style.narrow() else count
        figure = style.canvas(2.9 * count / across)
        panels = list(figure.subplots(count // across, across, squeeze=False).flat)
        tested = {point.lag for points in curves.values() for point in points}
        for axes, (title, unit) in zip(panels, PANELS, strict=False):
            style.plain_axes(axes)
            style.title(axes, title)
            axes.set_xlabel("lag (steps)")
            axes.set_ylabel(unit)
            scales.lag_axis(axes, tested)
        for place, (name, points) in enumerate(curves.items()):
            colour, marker = style.CYCLE[place % len(style.CYCLE)]
            _accuracy(panels[0], name, points, colour, marker)
            if timed:
                _seconds(panels[1], name, points, colour, marker)
        scales.percent_axis(panels[0])
        if timed:
            panels[1].set_ylim(bottom=0)
        if chance is not None:
            scales.chance_line(panels[0], chance, f"chance, {percent(chance)}", side="left")
        if len(curves) > 1:
            shown = [line for line in panels[0].get_lines() if line.get_gid() == "accuracy"]
            style.legend(panels[-1], style.SMALL + 0.5, handles=shown)
    return figure


def by_lag(variants: Sequence[Variant]) -> dict[str, list[Point]]:
    """The points of each curve in order of lag; a curve is named by what else was varied."""
    lagged = [one for one in variants if number(one.settings.get(LAG)) is not None]
    names = sorted({name for one in lagged for name in one.settings if name != LAG})
    varied = [name for name in names if len({str(one.settings.get(name)) for one in lagged}) > 1]
    curves: dict[str, list[Point]] = {}
    for variant in lagged:
        accuracy, lag = variant.accuracy, number(variant.settings.get(LAG))
        if accuracy is None or lag is None:
            continue
        short = [f"{name.rpartition('.')[2]} {variant.settings.get(name)}" for name in varied]
        interval = variant.interval or (accuracy, accuracy)
        point = Point(lag, accuracy, interval, variant.seconds)
        curves.setdefault(", ".join(short), []).append(point)
    return {name: sorted(points) for name, points in curves.items()}


def _accuracy(axes: Axes, name: str, points: Sequence[Point], colour: str, marker: str) -> None:
    x = [point.lag for point in points]
    style.intervals(axes, x, [point.interval for point in points], colour)
    y = [point.accuracy for point in points]
    axes.plot(x, y, color=colour, marker=marker, markersize=5.5, label=name, gid="accuracy")


def _seconds(axes: Axes, name: str, points: Sequence[Point], colour: str, marker: str) -> None:
    timed = [(point.lag, point.seconds) for point in points if point.seconds is not None]
    axes.plot(
        [lag for lag, _ in timed],
        [seconds for _, seconds in timed],
        color=colour,
        marker=marker,
        markersize=5.5,
        label=name,
        gid="seconds",
    )
