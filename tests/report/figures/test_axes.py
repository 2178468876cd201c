"""What every axis says: a name, a unit, ticks that mean something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from echospan.report.figures import lags, scales, style, training_curve
from echospan.report.figures import sheet as sheets
from report.figures.helpers import lines, texts
from report.figures.test_style import FIGURES
from report.samples import lag_variants
from report.sheets import full_sheet, row, sheet

ALL: dict[str, Callable[[], Figure]] = {
    **FIGURES,
    "flat": lambda: training_curve({"loss": [4.6] * 60, "accuracy": [0.01] * 60}, 4.605, 0.01),
    "overview": lambda: sheets.overview(full_sheet()),
    "compared": lambda: sheets.compared([full_sheet(), full_sheet(4.0)]),
    **{name: (lambda name=name: sheets.panel(full_sheet(), name)) for name in sheets.PANELS},
}
UNNAMED = ("comparison", "reach")
"""Figures whose rows have names instead of numbers."""


def numbered(axes: Axes) -> bool:
    return axes.axison and bool(axes.lines or axes.collections or axes.images)


@pytest.mark.parametrize("wide", [style.WIDTH, style.COLUMN])
@pytest.mark.parametrize("name", ALL)
def test_every_axis_has_a_name(name: str, wide: float) -> None:
    with style.at_width(wide):
        figure = ALL[name]()
    assert figure.get_size_inches()[0] == wide
    for axes in figure.axes:
        if numbered(axes) and axes.get_label() != "<colorbar>":
            assert axes.get_xlabel(), axes.get_title()
            assert axes.get_ylabel() or name in UNNAMED, axes.get_title()


@pytest.mark.parametrize("name", ALL)
def test_no_word_lies_outside_the_figure_of_a_phone(name: str) -> None:
    with style.at_width(style.COLUMN), style.styled():
        figure = ALL[name]()
        figure.canvas.draw()
        ends = {
            text.get_text(): text.get_window_extent().x1
            for text in figure.findobj(Text)
            if text.get_text() and text not in set(beyond(figure))
        }
    assert len(ends) > 3
    assert [word for word, end in ends.items() if end > figure.bbox.width + 1] == []


def beyond(figure: Figure) -> Iterator[Text]:
    """Labels of ticks that lie outside their axes, which are not drawn."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not axes.axison or not low <= tick.get_loc() <= high:
                    yield tick.label1
                    yield tick.label2


def ticks(axes: Axes) -> list[str]:
    low, high = sorted(axes.get_xlim())
    axes.figure.canvas.draw()
    places = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    return [label.get_text() for at, label in places if low <= at <= high]


@pytest.mark.parametrize(
    ("own", "expected"),
    [((3,), ["3"]), ((1, 2), ["1", "2"]), ((1, 2, 4), ["1", "2", "4"])],
)
def test_lags_are_whole_numbers(own: tuple[int, ...], expected: list[str]) -> None:
    measured = sheet("gru", *(row(lag, 0.99, "solved") for lag in own))
    for figure in (sheets.panel(measured, "lags"), sheets.compared([measured, measured])):
        assert ticks(figure.axes[0]) == expected
    told = [
        replace(one, settings={"task.lag": lag})
        for lag, one in zip(own, lag_variants(), strict=False)
    ]
    assert ticks(lags(told).axes[0]) == expected


def test_far_lags_are_on_a_logarithmic_axis_in_whole_numbers() -> None:
    measured = sheet("s4", *(row(lag, 0.99, "solved") for lag in (1, 10, 100, 1000)))
    found = ticks(sheets.panel(measured, "lags").axes[0])
    assert {"10", "100", "1,000"} <= set(found)
    assert all(name.replace(",", "").isdigit() for name in found)


def test_threshold_and_chance_are_named() -> None:
    figure = sheets.panel(full_sheet(), "lags")
    assert {"threshold, 95 %", "chance, 25 %"} <= set(texts(figure))
    assert set(lines(figure.axes[0], "threshold")[0].get_ydata()) == {0.95}


def test_scores_near_100_percent_are_apart() -> None:
    rows = [row(lag, share, "solved") for lag, share in ((1, 0.96), (2, 0.99), (3, 0.999))]
    (axes,) = sheets.panel(sheet("gru", *rows), "lags").axes
    heights = [axes.transData.transform((1, share))[1] for share in (0.25, 0.96, 0.99, 0.999, 1.0)]
    whole = axes.bbox.height
    assert all(after - before > 0.04 * whole for before, after in pairwise(heights[1:]))
    assert heights == sorted(heights)
    named = {label.get_text() for label in axes.get_yticklabels()}
    assert {"25 %", "95 %", "99.9 %", "100 %"} <= named


def test_a_score_of_zero_or_one_has_a_place() -> None:
    (axes,) = sheets.panel(sheet("gru", row(1, 1.0, "solved"), row(2, 0.0, "failed")), "lags").axes
    low, high = axes.get_ylim()
    (drawn,) = [one for one in axes.get_lines() if one.get_label() == "gru"]
    assert all(low < share < high for share in drawn.get_ydata())
    assert "0 %" in {label.get_text() for label in axes.get_yticklabels()}


def test_models_that_score_alike_stand_beside_each_other() -> None:
    figure = sheets.compared([full_sheet(), full_sheet(), full_sheet()])
    figure.canvas.draw()
    (axes,) = figure.axes
    drawn = lines(axes, "model")
    assert {one.get_label() for one in drawn} == {"gru: span at least 2"}
    starts = [one.get_transform().transform((1, 0.9))[0] for one in drawn]
    assert len(starts) == 3
    assert np.diff(starts).min() > 2
    # And nearer to their own lag than to the next one.
    step = axes.transData.transform((2, 0.9))[0] - axes.transData.transform((1, 0.9))[0]
    assert max(starts) - min(starts) < step / 2


def test_a_loss_that_stays_is_on_an_even_axis_from_zero() -> None:
    flat = training_curve({"loss": [4.6, 4.61, 4.6]}, 4.605)
    falls = training_curve({"loss": [4.6, 1.0, 0.1]}, 4.605)
    (axes,), (other,) = flat.axes, falls.axes
    assert (axes.get_yscale(), other.get_yscale()) == ("linear", "log")
    assert axes.get_ylim()[0] == 0
    assert 4.7 < axes.get_ylim()[1] < 6
    assert (axes.get_ylabel(), other.get_ylabel()) == ("loss (nats)", "loss (nats, log scale)")


def test_a_logarithmic_axis_writes_all_its_numbers_alike() -> None:
    for values, expected in (([1e-7, 1.0], "10⁻³"), ([0.01, 1.0], "0.1")):
        with style.styled():
            axes = style.canvas(3).subplots()
            axes.plot(values)
            scales.log_axis(axes, values)
            axes.figure.canvas.draw()
        found = [label.get_text() for label in axes.get_yticklabels()]
        assert expected in found
        assert len({name.startswith("10") and len(name) > 2 for name in found}) == 1


def test_learning_curves_of_six_lags_are_told_apart() -> None:
    (axes,) = sheets.panel(
        sheet("gru", *(row(lag, 0.99, "solved") for lag in range(1, 7))), "curves"
    ).axes
    first = [one for one in axes.get_lines() if not one.get_label().startswith("_")]
    assert len({one.get_color() for one in first}) == 6
    neighbours = pairwise(first)
    assert all(
        one.get_linestyle() != other.get_linestyle()
        or str(one._dash_pattern) != str(other._dash_pattern)
        for one, other in neighbours
    )
