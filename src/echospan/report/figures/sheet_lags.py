"""Panels of a memory spec sheet with the lags across: accuracy, and bits held."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from echospan.report.figures import scales, style
from echospan.report.values import percent
from echospan.report.words import span_known
from echospan.results.lag_row import LagRow
from echospan.results.sheet import SheetData

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNDECIDED = "undecided"

ASIDE = 7.0
"""Points between the marks of two models at one lag, where few are compared."""


def scored_as(sheets: Sequence[SheetData]) -> str:
    """What the sheets' accuracy is."""
    return "R2" if sheets[0].scored_as == "R2" else "Accuracy"


def by_lag(axes: Axes, sheets: Sequence[SheetData]) -> None:
    """The median seeds with their intervals, and the seeds; of one sheet the field, too."""
    style.plain_axes(axes)
    shares = scored_as(sheets) == "Accuracy"
    place_of = scales.on_logit if shares else float
    drawn = [sheets[0].chance, sheets[0].threshold]
    lags = {row.lag for sheet in sheets for row in sheet.per_lag if row.accuracy is not None}
    apart = _aside(lags, len(sheets))
    for place, sheet in enumerate(sheets):
        aside = (place - (len(sheets) - 1) / 2) * apart
        drawn += _model(axes, sheet, place, aside, place_of, alone=len(sheets) == 1)
    # Room for the marks that stand beside their lag.
    axes.margins(x=0.04 if len(sheets) == 1 else 0.07)
    if shares:
        scales.logit_axis(axes, drawn)
    else:
        scales.percent_axis(axes)
    scales.lag_axis(axes, lags or {1})
    word = sheets[0].distance
    axes.set_xlabel("lag (steps)" if word == "lag" else word)
    axes.set_ylabel("accuracy (logit scale)" if shares else "R2, variance explained")
    if len(sheets) == 1:
        style.title(axes, f"{scored_as(sheets)} by {word}")
        _field(axes, sheets[0].receptive_field, max(lags, default=1))
    else:
        style.legend_below(axes)
    chance = sheets[0].chance
    scales.chance_line(axes, chance, f"chance, {percent(chance)}", side="left")
    scales.threshold_line(axes, sheets[0].threshold, side="left")


def _aside(lags: Collection[int], models: int) -> float:
    """Points from one model's marks to the next one's at the same lag.

    Models that score alike stand beside each other, not over each other, and nearer to their own
    lag than to the next.
    """
    ordered = sorted(lags)
    gaps = [after - before for before, after in pairwise(ordered)]
    if not gaps:
        return ASIDE
    # On a logarithmic axis lags stand about evenly.
    even = min(gaps) / (ordered[-1] - ordered[0]) if ordered[-1] <= 40 else 1 / len(gaps)
    return min(ASIDE, 0.6 * 72 * 0.8 * style.width() * even / models)


def _model(
    axes: Axes,
    sheet: SheetData,
    place: int,
    aside: float,
    place_of: Callable[[float], float],
    *,
    alone: bool,
) -> list[float]:
    """One model's marks, bars and line, that many points beside its lags; the values drawn."""
    from matplotlib.transforms import ScaledTranslation

    colour, marker = style.CYCLE[place % len(style.CYCLE)]
    name = style.shorten(sheet.model, 30)
    rows = [row for row in sheet.per_lag if row.accuracy is not None]
    beside = axes.transData + ScaledTranslation(aside / 72, 0, axes.figure.dpi_scale_trans)
    known = [(float(row.lag), row.accuracy or 0.0, row) for row in rows]
    seeds = [(at, v) for at, _, row in known for v in _seeds(row)]
    low, high = [], []
    for _, share, row in known:
        ends = row.interval or (share, share)
        low.append(place_of(ends[0]))
        high.append(place_of(ends[1]))
    where = [at for at, _, _ in known]
    axes.vlines(
        where, low, high, color=colour, linewidth=3.2, alpha=0.35, gid="interval", transform=beside
    )
    axes.plot(
        [at for at, _ in seeds], [place_of(v) for _, v in seeds], "o",
        color="none", markeredgecolor=colour, markeredgewidth=0.9, markersize=3.6, alpha=0.8,
        zorder=2.5, transform=beside, gid="seeds",
    )  # fmt: skip
    points = [(at, place_of(v), row.outcome != UNDECIDED) for at, v, row in known]
    # No line goes to what the budget cut short: it would look like a fall.
    axes.plot(
        *_apart([(at, v) for at, v, decided in points if decided]),
        color=colour, marker=marker, markersize=5, linewidth=1.5, zorder=3,
        label=name if alone else f"{name}: span {span_known(sheet)}", transform=beside, gid="model",
    )  # fmt: skip
    axes.plot(
        *_apart([(at, v) for at, v, decided in points if not decided]),
        marker, markersize=5, markerfacecolor=style.PAPER, markeredgecolor=colour,
        zorder=4, transform=beside,
    )  # fmt: skip
    # Shifted marks do not count for the axes' limits by themselves.
    axes.update_datalim([(at, v) for at, v, _ in points])
    axes.autoscale_view()
    return [*low, *high, *(place_of(v) for _, v in seeds)]


def _seeds(row: LagRow) -> list[float]:
    return [seed.accuracy for seed in row.seeds if seed.accuracy is not None]


def _field(axes: Axes, field: int | None, largest: int) -> None:
    """An upright line where the receptive field ends."""
    if field is None or field - 1 > largest:
        return
    axes.axvline(field - 0.5, color=style.PURPLE, linewidth=1.1, dashes=(4, 3))
    axes.annotate(
        f"receptive field {field}",
        (field - 0.5, 0.55),
        # Beyond the fall of the curve, where the axes go on so far.
        xytext=(3, 0) if field < largest else (-3, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        rotation=90,
        ha="left" if field < largest else "right",
        va="center",
        fontsize=style.SMALL,
        color=style.PURPLE,
    )


def _apart(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def bits_held(axes: Axes, sheet: SheetData) -> None:
    """Bits that answers prove to be held, beside what each lag asks for and the state's bound."""
    capacity = sheet.capacity
    style.title(axes, "Bits stored, from the predictions")
    if capacity is None:
        style.nothing(axes, why_not(sheet, "no lag was decided"))
        return
    style.plain_axes(axes)
    x, y = [float(one.lag) for one in capacity.held], [one.bits for one in capacity.held]
    needed = [one.needed for one in capacity.held]
    style.intervals(axes, x, [one.over_seeds for one in capacity.held], style.BLUE)
    axes.plot(x, needed, color=style.INK, linewidth=1.1, dashes=(4, 3), label="needed")
    axes.plot(x, y, color=style.BLUE, marker="o", markersize=5, label="stored, at least", zorder=3)
    bound = capacity.of_state
    if bound is not None and bound <= 1.3 * max(needed):
        axes.axhline(
            bound, color=style.PURPLE, linewidth=1.1, dashes=(1, 2), label="the state's size"
        )
    axes.set_ylim(bottom=0)
    axes.set_ylabel("bits")
    scales.lag_axis(axes, x)
    axes.set_xlabel("lag (steps)")
    style.legend(axes, loc="upper left")


def why_not(sheet: SheetData, why: str) -> str:
    """Why a panel of the echo task is empty."""
    return why if sheet.task == "echo" else "measured in the echo task only"
