"""Figures of memory spec sheets: one with all panels, and each panel alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from echospan.report.figures import scales, sheet_lags, style
from echospan.report.figures.sheet_lags import why_not
from echospan.report.values import percent
from echospan.report.words import span_known
from echospan.results.sheet import SheetData

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 3.3

DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)))
"""Line styles of neighbouring learning curves."""


def overview(sheet: SheetData) -> Figure:
    """Draw all panels of one sheet; in a column of a paper, accuracy by lag alone."""
    if style.narrow():
        return panel(sheet, "lags")
    with style.styled():
        figure = style.canvas(9.0)
        grid = figure.subplots(3, 2)
        _title(figure, sheet)
        for axes, draw in zip(grid.flat, PANELS.values(), strict=True):
            draw(axes, sheet)
    return figure


def panel(sheet: SheetData, name: str) -> Figure:
    """Draw one of the `PANELS` alone."""
    with style.styled():
        figure = style.canvas(HEIGHT)
        PANELS[name](figure.subplots(), sheet)
    return figure


def compared(sheets: Sequence[SheetData]) -> Figure:
    """Accuracy by lag of several models."""
    with style.styled():
        figure = style.canvas(4.2 if not style.narrow() else 3.5)
        axes = figure.subplots()
        sheet_lags.by_lag(axes, sheets)
        scored = sheet_lags.scored_as(sheets)
        figure.suptitle(
            f"{scored} by {sheets[0].distance} on new sequences",
            x=0.02, ha="left", fontsize=style.TITLE, weight="bold",
        )  # fmt: skip
    return figure


def _trained(sheet: SheetData, what: str) -> str:
    """Name of an axis of one trained model's panel."""
    at = sheet.measured_at
    return what if at is None else f"{what}, after training at {sheet.distance} {at}"


def _title(figure: Figure, sheet: SheetData) -> None:
    text = f"{style.shorten(sheet.model, 40)}: span {span_known(sheet)}"
    figure.suptitle(text, x=0.02, ha="left", fontsize=style.TITLE + 2, fontweight="bold")


def _accuracy(axes: Axes, sheet: SheetData) -> None:
    """Accuracy by lag: median seed with interval, each seed as a dot, chance, threshold, field."""
    sheet_lags.by_lag(axes, [sheet])


def _decay(axes: Axes, sheet: SheetData) -> None:
    """What probes find in the state about the input k steps before."""
    probes = sheet.decay
    style.title(axes, "Recall from the state by distance")
    if probes is None:
        why = "no state to read, or too large a one"
        style.nothing(axes, why_not(sheet, why if sheet.lengths else "no lag was decided"))
        return
    style.plain_axes(axes)
    ends = probes.interval
    axes.fill_between(
        probes.lags,
        [e[0] for e in ends],
        [e[1] for e in ends],
        color=style.BLUE,
        alpha=0.25,
        linewidth=0,
    )
    axes.plot(probes.lags, probes.accuracy, color=style.BLUE, marker="o", markersize=3.5)
    scales.percent_axis(axes)
    scales.lag_axis(axes, probes.lags)
    axes.set_ylabel("accuracy of the probes")
    axes.set_xlabel(_trained(sheet, "distance (steps)"))
    scales.chance_line(axes, sheet.chance, f"chance, {percent(sheet.chance)}", side="left")


def _gradient(axes: Axes, sheet: SheetData) -> None:
    """Norm of the loss's gradient by distance, before training and at the lag that failed."""
    style.title(axes, "Gradient by distance")
    drawn: list[float] = []
    distances: set[float] = set()
    names = [("start", "before training", "--"), ("failed", "at the failed lag", "-")]
    if "failed" not in sheet.reach:
        names = [("trained", "after training", "-")]
    lag = sheet.first_failed or sheet.measured_at or 1
    style.plain_axes(axes)
    for place, (key, label, line) in enumerate(names):
        reach = sheet.reach.get(key)
        shown = (reach.backward or ())[: 2 * lag + 8] if reach is not None else ()
        points = [(k, v) for k, v in enumerate(shown) if v > 0]
        if not points:
            continue
        drawn += [v for _, v in points]
        distances |= {float(k) for k, _ in points}
        axes.plot(
            [k for k, _ in points],
            [v for _, v in points],
            line,
            color=style.CYCLE[place][0],
            linewidth=1.6,
            label=label,
        )
    if not drawn:
        style.nothing(axes, "no gradient was taken, or it is zero")
        return
    scales.log_axis(axes, drawn)
    axes.axvline(lag, color=style.INK, linewidth=1, dashes=(4, 3))
    scales.lag_axis(axes, distances)
    axes.set_xlabel(f"distance (steps; dashed: {sheet.distance} {lag})")
    axes.set_ylabel("gradient norm (loss per unit)")
    style.legend(axes)


def _curves(axes: Axes, sheet: SheetData) -> None:
    """Loss by update of the lags that took longest, one line per seed."""
    style.title(axes, "Learning curves")
    rows = [row for row in sheet.per_lag if row.curves]
    longest = sorted(rows, key=lambda row: row.updates)[-len(style.CYCLE) :]
    chosen = sorted(longest, key=lambda row: row.lag)
    values: list[float] = []
    style.plain_axes(axes)
    for place, row in enumerate(chosen):
        for order, curve in enumerate(row.curves):
            known = zip(curve.updates, curve.loss, strict=True)
            points = [(u, v) for u, v in known if v is not None and 0 < v < float("inf")]
            values += [v for _, v in points]
            axes.plot(
                [u for u, _ in points],
                [v for _, v in points],
                # Neighbouring lags differ in colour and in dashes.
                linestyle=DASHES[place % len(DASHES)],
                color=style.CYCLE[place][0],
                linewidth=1.5 if order == 0 else 1.0,
                alpha=1.0 if order == 0 else 0.55,
                label=f"{sheet.distance} {row.lag}" if order == 0 else None,
                gid="curve",
            )
    if not values:
        style.nothing(axes, "nothing was trained")
        return
    scales.log_axis(axes, values)
    scales.count_axis(axes)
    axes.set_xlabel("updates")
    axes.set_ylabel("squared error" if sheet.scored_as == "R2" else "loss (nats)")
    style.legend_aside(axes)


def _lengths(axes: Axes, sheet: SheetData) -> None:
    """Accuracy on sequences longer than in training."""
    style.title(axes, "Longer sequences than in training")
    rows = sheet.lengths
    if not rows:
        style.nothing(axes, why_not(sheet, "no lag was decided"))
        return
    style.plain_axes(axes)
    x = list(range(len(rows)))
    y = [row.accuracy for row in rows]
    style.intervals(axes, x, [row.interval for row in rows], style.BLUE)
    axes.plot(x, y, color=style.BLUE, marker="o", markersize=5)
    axes.set_xticks(x, [row.name for row in rows])
    axes.set_xlim(-0.4, len(rows) - 0.6)
    scales.percent_axis(axes)
    axes.set_xlabel(_trained(sheet, "length"))
    axes.set_ylabel("accuracy")
    scales.chance_line(axes, sheet.chance, f"chance, {percent(sheet.chance)}", side="left")


PANELS: dict[str, Callable[[Axes, SheetData], None]] = {
    "lags": _accuracy,
    "capacity": sheet_lags.bits_held,
    "decay": _decay,
    "lengths": _lengths,
    "gradient": _gradient,
    "curves": _curves,
}
"""What is drawn of a sheet, in the order of `overview`."""
