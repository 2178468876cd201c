"""Figures of memory spec sheets: accuracy by lag, decay, reach of the gradient, curves, lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from echospan.report.figures import style
from echospan.report.values import items, mapping, number, pair, percent, variants_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 3.3
UNDECIDED = "undecided"


def overview(sheets: Sequence[Mapping[str, Any]]) -> Figure:
    """All panels of one sheet, or the accuracy by lag of several in one."""
    if len(sheets) > 1:
        return compared(sheets)
    sheet = sheets[0]
    with style.styled():
        figure = style.canvas(6.2)
        grid = figure.subplots(2, 2)
        _title(figure, sheet)
        _by_lag(grid[0][0], [sheet])
        _decay(grid[0][1], sheet)
        _gradient(grid[1][0], sheet)
        _lengths(grid[1][1], sheet)
    return figure


def compared(sheets: Sequence[Mapping[str, Any]]) -> Figure:
    """Accuracy by lag of several models."""
    with style.styled():
        figure = style.canvas(4.2)
        axes = figure.subplots()
        _by_lag(axes, sheets)
        axes.set_title(f"{_scored(sheets)} by {_word(sheets)} on new sequences")
    return figure


def accuracy_by_lag(sheet: Mapping[str, Any]) -> Figure:
    """Accuracy by lag: median seed with interval, each seed as a dot, chance, threshold, field."""
    return _single(lambda axes: _by_lag(axes, [sheet]))


def decay(sheet: Mapping[str, Any]) -> Figure:
    """What probes find in the state about the input k steps before."""
    return _single(lambda axes: _decay(axes, sheet))


def gradient_norms(sheet: Mapping[str, Any]) -> Figure:
    """Norm of the loss's gradient by distance."""
    return _single(lambda axes: _gradient(axes, sheet))


def learning_curves(sheet: Mapping[str, Any]) -> Figure:
    """Loss by update, one line a lag."""
    return _single(lambda axes: _curves(axes, sheet))


def length_generalisation(sheet: Mapping[str, Any]) -> Figure:
    """Accuracy on sequences longer than in training."""
    return _single(lambda axes: _lengths(axes, sheet))


def _single(draw: Any) -> Figure:
    with style.styled():
        figure = style.canvas(HEIGHT)
        draw(figure.subplots())
    return figure


def _title(figure: Figure, sheet: Mapping[str, Any]) -> None:
    text = f"{style.shorten(str(sheet.get('model')), 40)}: span {sheet.get('span')}"
    figure.suptitle(text, x=0.02, ha="left", fontsize=style.TITLE + 2, fontweight="bold")


def _word(sheets: Sequence[Mapping[str, Any]]) -> str:
    """What the sheets' task calls a lag."""
    return str(sheets[0].get("distance", "lag"))


def _why_not(sheet: Mapping[str, Any], why: str) -> str:
    """Why a panel of the echo task is empty."""
    return why if sheet.get("task", "echo") == "echo" else "asked in the echo task only"


def _scored(sheets: Sequence[Mapping[str, Any]]) -> str:
    return "R2" if sheets[0].get("scored_as") == "R2" else "Accuracy"


def _by_lag(axes: Axes, sheets: Sequence[Mapping[str, Any]]) -> None:
    style.plain_axes(axes)
    largest = 1.0
    for place, sheet in enumerate(sheets):
        colour, marker = style.CYCLE[place % len(style.CYCLE)]
        rows = [
            row
            for row in variants_of(sheet.get("per_lag"))
            if number(row.get("accuracy")) is not None
        ]
        x = [number(row.get("lag")) or 0.0 for row in rows]
        y = [number(row.get("accuracy")) or 0.0 for row in rows]
        largest = max([largest, *x])
        if len(sheets) == 1:
            for at, row in zip(x, rows, strict=True):
                shares = [number(mapping(s).get("accuracy")) for s in items(row.get("seeds"))]
                known = [share for share in shares if share is not None]
                axes.plot(
                    [at] * len(known), known, "o", color=style.FAINT, markersize=3.5, zorder=2
                )
        ends = [pair(row.get("interval")) or (v, v) for row, v in zip(rows, y, strict=True)]
        axes.vlines(
            x, [e[0] for e in ends], [e[1] for e in ends], color=colour, linewidth=3.2, alpha=0.35
        )
        name = style.shorten(str(sheet.get("model")), 30)
        axes.plot(x, y, color=colour, marker=marker, markersize=5, label=name, zorder=3)
        still = [
            (at, v)
            for at, v, row in zip(x, y, rows, strict=True)
            if row.get("outcome") == UNDECIDED
        ]
        if still:
            axes.plot(
                [at for at, _ in still],
                [v for _, v in still],
                marker,
                markersize=5,
                markerfacecolor=style.PAPER,
                markeredgecolor=colour,
                zorder=4,
            )
    style.percent_axis(axes)
    _lag_axis(axes, largest)
    axes.set_xlabel(f"{_word(sheets)}, in steps" if _word(sheets) == "lag" else _word(sheets))
    if len(sheets) == 1:
        axes.set_title(f"{_scored(sheets)} by {_word(sheets)}")
        threshold = number(sheets[0].get("threshold"))
        if threshold is not None:
            axes.axhline(threshold, color=style.GREEN, linewidth=0.9, dashes=(1, 2), zorder=1)
        field = number(sheets[0].get("receptive_field"))
        if field is not None and field - 1 <= largest:
            axes.axvline(field - 0.5, color=style.PURPLE, linewidth=1.1, dashes=(4, 3))
            axes.annotate(
                f"receptive field {field:.0f}",
                (field - 0.5, 0.5),
                xytext=(-3, 0),
                textcoords="offset points",
                rotation=90,
                ha="right",
                va="center",
                fontsize=style.SMALL,
                color=style.PURPLE,
            )
    else:
        axes.legend(frameon=False, fontsize=style.SMALL + 0.5, labelcolor=style.INK)
    chance = number(sheets[0].get("chance"))
    if chance is not None:
        style.chance_line(axes, chance, f"chance, {percent(chance)}", side="left")


def _lag_axis(axes: Axes, largest: float) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, SymmetricalLogLocator

    if largest > 40:
        axes.set_xscale("symlog", linthresh=10, linscale=1.5)
        axes.xaxis.set_major_locator(
            SymmetricalLogLocator(base=10, linthresh=10, subs=[1.0, 2.0, 5.0])
        )
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlim(left=0)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))


def _decay(axes: Axes, sheet: Mapping[str, Any]) -> None:
    found = mapping(sheet.get("decay"))
    lags, accuracy = items(found.get("lags")), items(found.get("accuracy"))
    axes.set_title("Recall from the state by distance")
    if not lags:
        style.nothing(axes, _why_not(sheet, "no state to read, or too large a one"))
        return
    style.plain_axes(axes)
    ends = [pair(edge) or (0.0, 0.0) for edge in items(found.get("interval"))]
    axes.fill_between(
        lags, [e[0] for e in ends], [e[1] for e in ends], color=style.BLUE, alpha=0.25, linewidth=0
    )
    axes.plot(lags, accuracy, color=style.BLUE, marker="o", markersize=3.5)
    style.percent_axis(axes)
    _lag_axis(axes, float(max(lags)))
    axes.set_xlabel(f"distance in steps (model trained at lag {sheet.get('measured_at')})")
    chance = number(sheet.get("chance"))
    if chance is not None:
        style.chance_line(axes, chance, f"chance, {percent(chance)}", side="left")


def _gradient(axes: Axes, sheet: Mapping[str, Any]) -> None:
    looks = mapping(sheet.get("reach"))
    axes.set_title("Gradient by distance")
    drawn: list[float] = []
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
    axes.set_xlabel(f"distance k in steps (dashed: {_word([sheet])} {lag:g})")
    axes.legend(frameon=False, fontsize=style.SMALL, labelcolor=style.INK)


def _curves(axes: Axes, sheet: Mapping[str, Any]) -> None:
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
                label=f"{_word([sheet])} {row.get('lag')}" if order == 0 else None,
            )
    if not values:
        style.nothing(axes, "nothing was trained")
        return
    style.log_axis(axes, values)
    style.count_axis(axes)
    axes.set_xlabel("updates")
    axes.set_ylabel("squared error" if sheet.get("scored_as") == "R2" else "loss (nats)")
    axes.legend(frameon=False, fontsize=style.SMALL, labelcolor=style.INK)


def _lengths(axes: Axes, sheet: Mapping[str, Any]) -> None:
    axes.set_title("Longer sequences than in training")
    rows = variants_of(sheet.get("lengths"))
    if not rows:
        style.nothing(axes, _why_not(sheet, "not measured"))
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
