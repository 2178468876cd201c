from __future__ import annotations

import math

import numpy as np
import pytest

from echospan.errors import DataError
from echospan.report.figures import training_curve
from echospan.report.figures.training import envelope, smoothed
from report.samples import history

from .helpers import line, lines, texts


def test_short_curves_are_drawn_as_they_are() -> None:
    given = history(10)
    loss, accuracy = training_curve(given).axes
    x, y = line(loss, "loss")
    assert x.tolist() == given["epoch"].tolist()
    assert y.tolist() == given["loss"].tolist()
    assert line(accuracy, "accuracy")[1].tolist() == given["accuracy"].tolist()
    assert not lines(loss, "loss-raw")
    assert loss.get_yscale() == "log"
    assert accuracy.get_yscale() == "linear"


def test_long_curves_are_smoothed_over_the_raw_line() -> None:
    rng = np.random.default_rng(0)
    given = history(400)
    given["loss"] = given["loss"] * np.exp(rng.normal(0, 0.3, 400))
    loss = training_curve(given).axes[0]
    assert line(loss, "loss-raw")[1].tolist() == given["loss"].tolist()
    rough = np.abs(np.diff(np.log(given["loss"]))).mean()
    smooth = np.abs(np.diff(np.log(line(loss, "loss")[1]))).mean()
    assert smooth < rough / 4


def test_chance_lines() -> None:
    figure = training_curve(history(5), chance_loss=math.log(100), chance=0.01)
    loss, accuracy = figure.axes
    assert set(line(loss, "chance")[1]) == {math.log(100)}
    assert set(line(accuracy, "chance")[1]) == {0.01}
    assert {"chance, ln K = 4.61", "chance, 1 %"} <= set(texts(figure))
    assert not lines(training_curve(history(5)).axes[0], "chance")


def test_validation_is_a_second_line_with_a_legend() -> None:
    given = history(5) | {"val_loss": np.full(5, 2.0)}
    loss, accuracy = training_curve(given).axes
    assert line(loss, "val_loss")[1].tolist() == [2.0] * 5
    legend = loss.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]
    assert accuracy.get_legend() is None


def test_a_loss_of_zero_is_a_gap_on_the_logarithmic_axis() -> None:
    loss = training_curve({"epoch": [1, 2, 3], "loss": [1.0, 0.0, 0.1]}).axes[0]
    assert np.isnan(line(loss, "loss")[1]).tolist() == [False, True, False]


@pytest.mark.parametrize("given", [{}, {"epoch": []}, {"epoch": [], "loss": []}])
def test_no_epochs(given: dict[str, list[float]]) -> None:
    assert "No epoch was recorded." in texts(training_curve(given))


def test_only_nan() -> None:
    figure = training_curve({"epoch": [1, 2], "loss": [math.nan, math.nan]})
    assert "No finite value was recorded." in texts(figure)


def test_columns_must_fit() -> None:
    with pytest.raises(DataError, match="epoch 2, loss 3"):
        training_curve({"epoch": [1, 2], "loss": [1, 2, 3]})
    with pytest.raises(DataError, match="history 'loss' must be a list of numbers"):
        training_curve({"epoch": [1, 2], "loss": ["a", 2]})


def test_smoothed_keeps_constants_means_and_gaps() -> None:
    assert np.allclose(smoothed(np.full(50, 3.0)), 3.0)
    assert np.allclose(smoothed(np.full(50, 3.0), log=True), 3.0)
    # 5 points wide: the middle of 0..4 is their mean; the first is the mean of three.
    values = np.array([0.0, 10.0, 2.0, 3.0, 5.0])
    assert smoothed(values)[2] == pytest.approx(4.0)
    assert smoothed(values)[0] == pytest.approx(4.0)
    assert smoothed(np.array([1.0, np.nan, 3.0]))[1] == pytest.approx(2.0)
    assert np.isnan(smoothed(np.full(3, np.nan))).all()


def test_envelope_keeps_ends_and_extremes() -> None:
    y = np.zeros(10_000)
    y[1234], y[8765] = 5.0, -5.0
    x, thin = envelope(np.arange(10_000.0), y, 100)
    assert len(x) <= 100
    assert (thin.max(), thin.min()) == (5.0, -5.0)
    assert x[np.argmax(thin)] == 1234
    assert (x[0], x[-1]) == (0, 9999)
    assert (np.diff(x) > 0).all()
