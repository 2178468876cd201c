from __future__ import annotations

from typing import Any

from echospan.report.figures import sheet as figures


def sheet() -> dict[str, Any]:
    """Lags 1 and 2 solved, 3 cut short by the budget, 4 failed."""
    rows = [
        {"lag": lag, "accuracy": share, "interval": [share, share], "outcome": outcome}
        for lag, share, outcome in (
            (1, 1.0, "solved"),
            (2, 0.99, "solved"),
            (3, 0.3, "undecided"),
            (4, 0.8, "failed"),
        )
    ]
    held = [
        {"lag": lag, "needed": 2.0 * lag, "bits": bits, "over_seeds": [bits, bits]}
        for lag, bits in ((1, 2.0), (2, 3.9), (4, 3.8))
    ]
    return {
        "model": "gru",
        "per_lag": rows,
        "threshold": 0.95,
        "chance": 0.25,
        "capacity": {"held": held, "of_state": 5.0, "most": 3.9},
    }


def lines(axes: Any, of: str) -> list[Any]:
    return [line for line in axes.get_lines() if line.get_label() == of]


def test_no_line_goes_to_a_lag_that_the_budget_cut_short():
    (axes,) = figures.accuracy_by_lag(sheet()).get_axes()
    (drawn,) = lines(axes, "gru")
    assert list(drawn.get_xdata()) == [1, 2, 4]
    alone = [line for line in axes.get_lines() if list(line.get_xdata()) == [3]]
    assert [line.get_linestyle() for line in alone] == ["None"]


def test_bits_held_stand_beside_what_is_asked_for_and_the_bound():
    (axes,) = figures.bits_by_lag(sheet()).get_axes()
    (held,), (asked,) = lines(axes, "held, at least"), lines(axes, "asked for")
    assert list(held.get_ydata()) == [2.0, 3.9, 3.8]
    assert list(asked.get_ydata()) == [2.0, 4.0, 8.0]
    (bound,) = lines(axes, "the state's size")
    assert set(bound.get_ydata()) == {5.0}


def test_an_empty_sheet_says_why_its_panels_are_empty():
    figure = figures.overview([{"model": "x", "per_lag": []}])
    said = " ".join(text.get_text() for axes in figure.get_axes() for text in axes.texts)
    assert "no lag was decided" in said
    assert "nothing was trained" in said
