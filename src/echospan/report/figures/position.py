"""Accuracy by place in the sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.report.figures import scales, style
from echospan.report.values import percent, same_length
from echospan.results.tolerant import number, pair

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def accuracy_by_position(
    position: Sequence[Any],
    accuracy: Sequence[Any],
    interval: Sequence[Any] | None = None,
    chance: float | None = None,
) -> Figure:
    """Accuracy at each position of the sequence, with its interval as a bar.

    Args:
        position: (positions,) steps, counted from 0.
        accuracy: (positions,) proportions; None where nothing was scored.
        interval: (positions,) pairs ``(low, high)`` of proportions, or None.
        chance: Accuracy of a model that knows nothing; a dashed line.

    Raises:
        DataError: The columns differ in length.
    """
    intervals = list(interval) if interval is not None else [None] * len(position)
    same_length(position=position, accuracy=accuracy, interval=intervals)
    points = [
        (at, value, pair(ends) or (value, value))
        for at, value, ends in zip(
            map(number, position), map(number, accuracy), intervals, strict=True
        )
        if at is not None and value is not None
    ]
    with style.styled():
        figure = style.canvas(2.6 if points else 1.2)
        axes = figure.subplots()
        if not points:
            style.nothing(axes, "No position was scored.")
            return figure
        style.plain_axes(axes)
        x = np.array([at for at, _, _ in points])
        y = np.array([value for _, value, _ in points])
        low = np.array([ends[0] for _, _, ends in points])
        high = np.array([ends[1] for _, _, ends in points])
        dense = len(points) > 60
        if dense:
            axes.fill_between(x, low, high, color=style.BLUE, alpha=0.2, linewidth=0)
            axes.plot(x, y, color=style.BLUE, linewidth=1.6, gid="accuracy")
        else:
            axes.vlines(x, low, high, color=style.BLUE, linewidth=2.6, alpha=0.38, gid="interval")
            axes.plot(x, y, color=style.FAINT, linewidth=0.8, zorder=1.8)
            axes.plot(
                x,
                y,
                linestyle="none",
                marker="o",
                markersize=5,
                color=style.BLUE,
                zorder=3,
                gid="accuracy",
            )
        scales.percent_axis(axes, margin=0.04)
        scales.count_axis(axes, ticks=10)
        axes.set_xlim(x.min() - 0.8, x.max() + 0.8)
        axes.set_xlabel("step of the sequence")
        axes.set_ylabel("accuracy")
        style.title(axes, "Accuracy by position")
        if chance is not None:
            scales.chance_line(axes, chance, f"chance, {percent(chance)}")
    return figure
