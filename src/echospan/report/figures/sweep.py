"""A sweep as figures: lines by a field, a heat map over two fields, scaling on two log axes."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from echospan.errors import ConfigError, DataError, did_you_mean
from echospan.report.figures import scales, style
from echospan.results.sweep import FINISHED, SweepData, SweepRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Kind = Literal["lines", "heat", "scaling"]
KINDS: tuple[Kind, ...] = ("lines", "heat", "scaling")

SEED = "seed"
MOST_LINES = len(style.CYCLE)
"""Series that can be told apart."""

MOST_NAMED = 100
"""Cells of a heat map in which there is room for a number."""


class Point(NamedTuple):
    """Units that are alike but for what is averaged over.

    Attributes:
        mean: Of the score.
        low: The lowest.
        high: The highest.
        units: How many.
    """

    mean: float
    low: float
    high: float
    units: int


def drawn(
    data: SweepData,
    kind: Kind | None = None,
    *,
    x: str | None = None,
    y: str | None = None,
    by: str | None = None,
) -> Figure:
    """Draw a sweep; what is left out is chosen by what was swept.

    Args:
        data: The sweep.
        kind: "lines", "heat" or "scaling"; left out, a heat map where two fields have more values
            than can be told apart as lines.
        x: The field along the horizontal axis; for scaling, also a number of the units, such as
            ``parameters``.
        y: The number that is shown; for a heat map, the field along the vertical axis.
        by: The field that lines differ in; for a heat map, the number that is shown.

    Raises:
        ConfigError: There is no such field or number.
        DataError: No unit is finished, or none has that number.
    """
    rows = list(data.units.in_state(FINISHED))
    if not rows:
        raise DataError("No unit of the sweep is finished, so there is nothing to draw.")
    if kind is not None and kind not in KINDS:
        raise ConfigError("kind", f"one of {', '.join(KINDS)}", kind)
    order = _by_use(data, rows)
    if kind is None:
        crowded = len(order) > 1 and len(_values(rows, order[1])) > MOST_LINES
        kind = "heat" if crowded else "lines"
    if kind == "heat":
        across = _field(data, "x", x) or (order[0] if order else SEED)
        others = [name for name in order if name != across]
        down = _field(data, "y", y) or (others[0] if others else None)
        if down is None:
            raise ConfigError("kind", "lines: only one field was swept", kind)
        return _heat(data, rows, across, down, _score(data, "by", by))
    score = _score(data, "y", y)
    along = x or (order[0] if order else SEED)
    if along not in (*data.fields, *data.columns):
        raise _unknown("x", along, [*data.fields, *data.columns])
    others = [name for name in order if name != along]
    series = _field(data, "by", by) or next(
        (name for name in others if len(_values(rows, name)) <= MOST_LINES), None
    )
    return _lines(data, rows, along, series, score, log=kind == "scaling")


def _by_use(data: SweepData, rows: Sequence[SweepRow]) -> list[str]:
    """Swept fields that vary, those that go along an axis first: numbers, then many values."""
    varied = [name for name in data.fields if name != SEED and len(_values(rows, name)) > 1]
    return sorted(
        varied,
        key=lambda name: (not _numeric(_values(rows, name)), -len(_values(rows, name))),
    )


def _lines(
    data: SweepData,
    rows: Sequence[SweepRow],
    along: str,
    series: str | None,
    score: str,
    *,
    log: bool,
) -> Figure:
    names = [None] if series is None else _values(rows, series)
    if len(names) > MOST_LINES:
        raise ConfigError("by", f"a field of at most {MOST_LINES} values", series)
    places = _values(rows, along)
    numeric = _numeric(places)
    if log and not numeric:
        raise ConfigError("x", "a field of numbers, for scaling", along)
    with style.styled():
        figure = style.canvas(3.4)
        axes = figure.subplots()
        style.plain_axes(axes, grid="y")
        some = False
        for (colour, marker), name in zip(style.CYCLE, names, strict=False):
            chosen = [row for row in rows if series is None or _value(row, series) == name]
            points = [
                (place if numeric else number, point)
                for number, place in enumerate(places)
                if (point := _point(chosen, along, place, score)) is not None
                and not (log and (place <= 0 or point.mean <= 0))
            ]
            if points:
                some = True
                label = None if series is None else f"{_last(series)} {_text(name)}"
                _series(axes, points, colour, marker, label)
        if not some:
            raise DataError(f"No finished unit has a number called {score}.")
        if log:
            axes.set_xscale("log")
            axes.set_yscale("log")
        elif not numeric:
            axes.set_xticks(range(len(places)), [_text(place) for place in places])
            axes.set_xlim(-0.5, len(places) - 0.5)
        else:
            scales.own_ticks(axes, places)
        if not log and _all_whole(rows, score):
            scales.whole_axis(axes)
        if score.startswith("accuracy") and not log:
            scales.percent_axis(axes, "y", margin=0.03)
        axes.set_xlabel(along)
        axes.set_ylabel(score.replace("_", " "))
        if series is not None:
            axes.legend(frameon=False, fontsize=style.SMALL)
        _title(figure, data, score)
    return figure


def _series(
    axes: Axes, points: Sequence[tuple[float, Point]], colour: str, marker: str, label: str | None
) -> None:
    places = [place for place, _ in points]
    means = [point.mean for _, point in points]
    for place, point in points:
        if point.units > 1:
            axes.plot([place, place], [point.low, point.high], color=colour, alpha=0.4)
    axes.plot(places, means, color=colour, marker=marker, markersize=4.5, label=label, gid="mean")


def _heat(data: SweepData, rows: Sequence[SweepRow], across: str, down: str, score: str) -> Figure:
    import numpy as np

    columns, lines = _values(rows, across), _values(rows, down)
    cells = np.full((len(lines), len(columns)), np.nan)
    for line, value in enumerate(lines):
        chosen = [row for row in rows if _value(row, down) == value]
        for column, place in enumerate(columns):
            if (point := _point(chosen, across, place, score)) is not None:
                cells[line, column] = point.mean
    if np.isnan(cells).all():
        raise DataError(f"No finished unit has a number called {score}.")
    with style.styled():
        figure = style.canvas(1.6 + 0.36 * min(len(lines), 20))
        axes = figure.subplots()
        image = axes.imshow(cells, aspect="auto", cmap="cividis", gid="heat")
        axes.set_xticks(range(len(columns)), [_text(place) for place in columns])
        axes.set_yticks(range(len(lines)), [_text(value) for value in lines])
        axes.set_xlabel(across)
        axes.set_ylabel(down)
        if cells.size <= MOST_NAMED:
            middle = (np.nanmin(cells) + np.nanmax(cells)) / 2
            for (line, column), value in np.ndenumerate(cells):
                if not np.isnan(value):
                    ink = "black" if value > middle else "white"
                    axes.text(
                        column, line, f"{value:.3g}", ha="center", va="center", color=ink,
                        fontsize=style.SMALL,
                    )  # fmt: skip
        figure.colorbar(image, ax=axes, label=score.replace("_", " "))
        _title(figure, data, score)
    return figure


def _title(figure: Figure, data: SweepData, score: str) -> None:
    text = f"{data.name}: {score.replace('_', ' ')}"
    figure.suptitle(text, x=0.012, ha="left", fontsize=style.TITLE, weight="bold")


def _point(rows: Sequence[SweepRow], along: str, place: Any, score: str) -> Point | None:
    found = [
        float(value)
        for row in rows
        if _value(row, along) == place
        and isinstance(value := row.values.get(score), int | float)
        and not isinstance(value, bool)
    ]
    if not found:
        return None
    return Point(statistics.fmean(found), min(found), max(found), len(found))


def _all_whole(rows: Sequence[SweepRow], score: str) -> bool:
    return all(isinstance(row.values.get(score), int | None) for row in rows)


def _value(row: SweepRow, name: str) -> Any:
    value = row.settings[name] if name in row.settings else row.values.get(name)
    return json.dumps(value) if isinstance(value, list | dict) else value


def _values(rows: Sequence[SweepRow], name: str) -> list[Any]:
    """The values of a field or number that there are, in rising order where they are numbers."""
    found = list(dict.fromkeys(_value(row, name) for row in rows))
    found = [value for value in found if value is not None]
    return sorted(found) if _numeric(found) else found


def _numeric(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _field(data: SweepData, argument: str, name: str | None) -> str | None:
    if name is not None and name not in data.fields:
        raise _unknown(argument, name, data.fields)
    return name


def _score(data: SweepData, argument: str, name: str | None) -> str:
    numbers = [each for each, kind in data.columns.items() if kind in ("Int64", "Float64")]
    if name is not None and name not in numbers:
        raise _unknown(argument, name, numbers)
    return name or data.score


def _unknown(argument: str, name: str, known: Sequence[str]) -> ConfigError:
    return ConfigError(argument, f"one of {', '.join(known)}", name, did_you_mean(name, known))


def _last(field: str) -> str:
    return field.rpartition(".")[2]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
