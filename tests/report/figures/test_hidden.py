from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import DataError
from echospan.report.figures import hidden_state
from echospan.report.figures.hidden import MOST_STEPS, MOST_UNITS

from .helpers import texts


def test_image_holds_the_state_with_time_across() -> None:
    state = np.arange(12.0).reshape(4, 3) - 2
    figure = hidden_state([5, 6, 7, 8], state)
    image = figure.axes[0].images[0]
    assert np.array_equal(np.asarray(image.get_array()), state.T)
    assert image.get_clim() == (-9.0, 9.0)


def test_symbols_stand_above_their_steps() -> None:
    figure = hidden_state([5, -1, 7], np.zeros((3, 2)))
    above = figure.axes[0].child_axes[0]
    assert [tick.get_text() for tick in above.get_xticklabels()] == ["5", "–", "7"]
    assert above.get_xticks().tolist() == [0, 1, 2]


def test_at_most_64_units_those_that_vary_most() -> None:
    state = np.zeros((5, 200))
    moving = np.arange(100, 100 + MOST_UNITS)
    state[:, moving] = np.linspace(-1, 1, 5)[:, None]
    figure = hidden_state(range(5), state)
    shown = np.asarray(figure.axes[0].images[0].get_array())
    assert shown.shape == (MOST_UNITS, 5)
    assert np.array_equal(shown, state[:, moving].T)
    assert "unit (64 of 200)" in texts(figure)


def test_long_time_is_cut_and_symbols_thinned() -> None:
    figure = hidden_state(range(500), np.ones((500, 2)))
    assert np.asarray(figure.axes[0].images[0].get_array()).shape == (2, MOST_STEPS)
    assert len(figure.axes[0].child_axes[0].get_xticklabels()) < 40
    assert any("first 200 of 500 steps" in text for text in texts(figure))


@pytest.mark.parametrize(
    ("symbols", "state", "message"),
    [
        ([1, 2], np.zeros((3, 4)), r"\(3, 4\) for 2 symbols"),
        ([1, 2, 3], np.zeros(3), r"shape \(time, units\)"),
        ([], np.zeros((0, 4)), r"\(0, 4\)"),
        ([1], np.array([[np.nan]]), "finite"),
    ],
)
def test_what_does_not_fit(symbols: list[int], state: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        hidden_state(symbols, state)
