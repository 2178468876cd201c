"""Loss and accuracy over training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.report.figures import scales, style
from echospan.report.values import percent, same_length, series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = np.ndarray[Any, np.dtype[np.float64]]

NOISY_FROM = 40
"""Shorter curves are drawn as they are; longer ones get a smoothed line over a thin raw one."""

LOSSES = ("loss", "val_loss")

FALLEN = 4.0
"""A loss that falls by this factor is drawn on a logarithmic axis."""

MOST_POINTS = 1_200
"""Longer raw curves are drawn as the lowest and highest value of each stretch."""


def training_curve(
    history: Mapping[str, Any],
    chance_loss: float | None = None,
    chance: float | None = None,
) -> Figure:
    """Loss, on a logarithmic axis if it falls far, and accuracy, by epoch.

    Args:
        history: Columns ``epoch``, ``loss``, ``accuracy`` (epochs,), and optionally ``val_loss``
            and ``val_accuracy``. A column that is absent leaves its panel out.
        chance_loss: Loss of a model that knows nothing, ln K for K symbols; a dashed line.
        chance: Accuracy of a model that knows nothing; a dashed line.

    Raises:
        DataError: Columns differ in length or hold something other than numbers.
    """
    epochs = series(history, "epoch")
    columns = {
        name: column
        for name in ("loss", "val_loss", "accuracy", "val_accuracy")
        if (column := series(history, name))
    }
    if columns and not epochs:
        epochs = [float(step + 1) for step in range(len(next(iter(columns.values()))))]
    same_length(epoch=epochs, **columns)
    with style.styled():
        panels = [name for name in ("loss", "accuracy") if name in columns]
        across = 1 if style.narrow() else len(panels)
        figure = style.canvas(2.9 * len(panels) / across if panels else 1.2)
        if not panels or not epochs:
            style.nothing(figure.subplots(), "No epoch was recorded.")
            return figure
        drawn = figure.subplots(len(panels) // across, across, squeeze=False).flat
        for axes, name in zip(drawn, panels, strict=True):
            _panel(axes, name, epochs, columns, chance_loss)
            if name == "loss" and chance_loss is not None and chance_loss > 0:
                scales.chance_line(axes, chance_loss, f"chance, ln K = {chance_loss:.2f}")
            if name == "accuracy" and chance is not None:
                scales.chance_line(axes, chance, f"chance, {percent(chance)}")
    return figure


def _panel(
    axes: Axes,
    name: str,
    epochs: Sequence[float],
    columns: Mapping[str, list[float]],
    chance_loss: float | None,
) -> None:
    style.plain_axes(axes)
    losses = [value for each in LOSSES for value in columns.get(each, ())]
    log = name == "loss" and _falls(losses, chance_loss)
    style.title(axes, "Loss" if name == "loss" else "Accuracy")
    axes.set_xlabel("epoch")
    # Chance as ln K is a cross-entropy, in nats; other losses have the unit of their targets.
    unit = ["nats"] if chance_loss is not None else []
    note = ", ".join([*unit, *(["log scale"] if log else [])])
    axes.set_ylabel(name if name != "loss" or not note else f"loss ({note})")
    scales.count_axis(axes)
    positive: list[float] = []
    curves = [
        (name, "training", style.BLUE, "-"),
        (f"val_{name}", "validation", style.ORANGE, "--"),
    ]
    present = [curve for curve in curves if curve[0] in columns]
    for column, label, colour, dash in present:
        x = np.asarray(epochs, dtype=np.float64)
        y = np.asarray(columns[column], dtype=np.float64)
        if log:
            # A loss of exactly 0 has no place on a logarithmic axis: it is left as a gap.
            y = np.where(y > 0, y, np.nan)
        positive += [float(value) for value in y[np.isfinite(y)]]
        noisy = len(x) >= NOISY_FROM
        if noisy:
            thin_x, thin_y = envelope(x, y, MOST_POINTS)
            axes.plot(thin_x, thin_y, color=colour, linewidth=0.5, alpha=0.32, gid=f"{column}-raw")
            y = smoothed(y, log=log)
            x, y = envelope(x, y, MOST_POINTS // 3)
        axes.plot(
            x,
            y,
            linestyle=dash,
            color=colour,
            linewidth=1.9,
            marker="o" if len(x) < 16 else None,
            markersize=4,
            label=label,
            gid=column,
        )
    if name == "accuracy":
        scales.percent_axis(axes)
    elif log and positive:
        highest = max([*positive, chance_loss or 0.0])
        scales.log_axis(axes, [*positive, highest])
        low, high = axes.get_ylim()
        # Room for the word above the line of chance.
        axes.set_ylim(low, max(high, highest * 1.6))
    elif positive:
        axes.set_ylim(0, 1.18 * max([*positive, chance_loss or 0.0]))
    if not positive:
        style.nothing(axes, "No finite value was recorded.")
    if len(present) > 1:
        shown = [line for line in axes.get_lines() if line.get_gid() in columns]
        style.legend(axes, style.SMALL + 0.5, handles=shown)


def _falls(losses: Sequence[float], chance_loss: float | None) -> bool:
    """Whether a loss falls so far that it needs a logarithmic axis.

    On one, a loss that stays where it began is a line on the floor of an empty panel.
    """
    known = [value for value in losses if math.isfinite(value) and value > 0]
    highest = max([*known, chance_loss or 0.0], default=0.0)
    return bool(known) and min(known) < highest / FALLEN


def smoothed(values: Floats, *, log: bool = False) -> Floats:
    """A centred moving average over 3 % of the curve (at least 5 points), shorter at the ends.

    Args:
        values: (epochs,), NaN where there is a gap.
        log: Average logarithms, which is what the eye does on a logarithmic axis.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(values) if log else values
    reach = max(2, math.ceil(len(y) * 0.015))
    known = np.isfinite(y)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, y, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(len(y))
    first, last = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(y))
    inside = counts[last] - counts[first]
    mean = np.where(inside > 0, (sums[last] - sums[first]) / np.maximum(inside, 1), np.nan)
    result: Floats = np.exp(mean) if log else mean
    return result


def envelope(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """At most ``most`` points: both ends, and the lowest and highest value of each stretch."""
    if len(x) <= most:
        return x, y
    keep = {0, len(x) - 1}
    for stretch in np.array_split(np.arange(len(x)), most // 2 - 1):
        part = y[stretch]
        if np.isfinite(part).any():
            keep |= {int(stretch[np.nanargmin(part)]), int(stretch[np.nanargmax(part)])}
        else:
            keep.add(int(stretch[0]))
    places = sorted(keep)
    return x[places], y[places]
