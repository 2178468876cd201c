"""Panels of a memory spec sheet that look into one model: recall, gradient, learning, length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from echospan.report.figures import style
from echospan.report.figures.sheet_lags import lag_axis, why_not
from echospan.report.sheet_words import distance_of
from echospan.report.values import items, mapping, number, pair, percent, variants_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def decay(axes: Axes, sheet: Mapping[str, Any]) -> None:
    """What probes find in the state about the input k steps before."""
    found = mapping(sheet.get("decay"))
    lags, accuracy = items(found.get("lags")), items(found.get("accuracy"))
    axes.set_title("Recall from the state by distance")
    if not lags:
        style.nothing(axes, why_not(sheet, "no state to read, or too large a one"))
        return
    style.plain_axes(axes)
    ends = [pair(edge) or (0.0, 0.0) for edge in items(found.get("interval"))]
    axes.fill_between(
        lags, [e[0] for e in ends], [e[1] for e in ends], color=style.BLUE, alpha=0.25, linewidth=0
    )
    axes.plot(lags, accuracy, color=style.BLUE, marker="o", markersize=3.5)
    style.percent_axis(axes)
    lag_axis(axes, float(max(lags)))
    axes.set_xlabel(f"distance in steps (model trained at lag {sheet.get('measured_at')})")
    chance = number(sheet.get("chance"))
    if chance is not None:
        style.chance_line(axes, chance, f"chance, {percent(chance)}", side="left")


def gradient(axes: Axes, sheet: Mapping[str, Any]) -> None:
    """Norm of the loss's gradient by distance, before training and at the lag that failed."""
    looks = mapping(sheet.get("reach"))
    axes.set_title("Gradient by distance")
    drawn: list[float] = []
    farthest = 0
    names = [("start", "before training", "--"), ("failed", "at the failed lag", "-")]
    if "failed" not in looks:
        names = [("trained", "after training", "-")]
    lag = number(sheet.get("first_failed")) or number(sheet.get("measured_at")) or 1
    style.plain_axes(axes)
    for place, (key, label, line) in enumerate(names):
        norms = [number(v) for v in items(mapping(looks.get(key)).get("backward"))]
        shown = norms[: int(2 * lag) + 8]
        points = [(k, v) for k, v in enumerate(shown) if v is not None and v > 0]
        if not points:
            continue
        drawn += [v for _, v in points]
        farthest = max(farthest, points[-1][0])
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
    style.log_axis(axes, drawn)
    axes.axvline(lag, color=style.INK, linewidth=1, dashes=(4, 3))
    lag_axis(axes, float(farthest))
    axes.set_xlabel(f"distance k in steps (dashed: {distance_of(sheet)} {lag:g})")
    axes.legend(frameon=False, fontsize=style.SMALL, labelcolor=style.INK)


def curves(axes: Axes, sheet: Mapping[str, Any]) -> None:
    """Loss by update of the lags that took longest, one line a seed."""
    axes.set_title("Learning curves")
    rows = [row for row in variants_of(sheet.get("per_lag")) if items(row.get("curves"))]
    longest = sorted(rows, key=lambda row: number(row.get("updates")) or 0)[-len(style.CYCLE) :]
    chosen = sorted(longest, key=lambda row: number(row.get("lag")) or 0)
    values: list[float] = []
    style.plain_axes(axes)
    for place, row in enumerate(chosen):
        for order, curve in enumerate(items(row.get("curves"))):
            updates, loss = items(mapping(curve).get("updates")), items(mapping(curve).get("loss"))
            points = [(u, v) for u, v in zip(updates, loss, strict=False) if (number(v) or 0) > 0]
            values += [float(v) for _, v in points]
            axes.plot(
                [u for u, _ in points],
                [v for _, v in points],
                color=style.CYCLE[place][0],
                linewidth=1.3,
                alpha=0.9 if order == 0 else 0.45,
                label=f"{distance_of(sheet)} {row.get('lag')}" if order == 0 else None,
            )
    if not values:
        style.nothing(axes, "nothing was trained")
        return
    style.log_axis(axes, values)
    style.count_axis(axes)
    axes.set_xlabel("updates")
    axes.set_ylabel("squared error" if sheet.get("scored_as") == "R2" else "loss (nats)")
    axes.legend(frameon=False, fontsize=style.SMALL, labelcolor=style.INK)


def lengths(axes: Axes, sheet: Mapping[str, Any]) -> None:
    """Accuracy on sequences longer than in training."""
    axes.set_title("Longer sequences than in training")
    rows = variants_of(sheet.get("lengths"))
    if not rows:
        style.nothing(axes, why_not(sheet, "not measured"))
        return
    style.plain_axes(axes)
    x = list(range(len(rows)))
    y = [number(row.get("accuracy")) or 0.0 for row in rows]
    ends = [pair(row.get("interval")) or (v, v) for row, v in zip(rows, y, strict=True)]
    axes.vlines(
        x, [e[0] for e in ends], [e[1] for e in ends], color=style.BLUE, linewidth=3.2, alpha=0.35
    )
    axes.plot(x, y, color=style.BLUE, marker="o", markersize=5)
    axes.set_xticks(x, [str(row.get("name")) for row in rows])
    axes.set_xlim(-0.4, len(rows) - 0.6)
    style.percent_axis(axes)
    axes.set_xlabel(f"length (model trained at lag {sheet.get('measured_at')})")
    chance = number(sheet.get("chance"))
    if chance is not None:
        style.chance_line(axes, chance, f"chance, {percent(chance)}", side="left")
