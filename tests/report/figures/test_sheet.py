from __future__ import annotations

from typing import Any

from echospan.report.figures import sheet as figures
from report.sheets import full_sheet, sheet


def lines(axes: Any, of: str) -> list[Any]:
    return [line for line in axes.get_lines() if line.get_label() == of]


def test_no_line_goes_to_a_lag_that_the_budget_cut_short():
    (axes,) = figures.panel(full_sheet(), "lags").get_axes()
    (drawn,) = lines(axes, "gru")
    assert list(drawn.get_xdata()) == [1, 2, 4]
    alone = [line for line in axes.get_lines() if list(line.get_xdata()) == [3]]
    assert [line.get_linestyle() for line in alone] == ["None"]


def test_bits_held_stand_beside_what_is_asked_for_and_the_bound():
    (axes,) = figures.panel(full_sheet(of_state=5.0), "capacity").get_axes()
    (held,), (asked,) = lines(axes, "stored, at least"), lines(axes, "needed")
    assert list(held.get_ydata()) == [2.0, 3.9, 3.8]
    assert list(asked.get_ydata()) == [2.0, 4.0, 8.0]
    (bound,) = lines(axes, "the state's size")
    assert set(bound.get_ydata()) == {5.0}


def test_an_empty_sheet_says_why_its_panels_are_empty():
    figure = figures.overview(sheet("x"))
    said = " ".join(text.get_text() for axes in figure.get_axes() for text in axes.texts)
    assert "no lag was decided" in said
    assert "nothing was trained" in said
