from __future__ import annotations

import math

import pytest

from echospan.report.terminal import curve
from echospan.report.terminal.axes import Axis, framed
from echospan.report.terminal.chart import HEIGHT, WIDTH
from report.samples import history

from .helpers import Screen


@pytest.mark.parametrize("width", [30, 60, 120])
@pytest.mark.parametrize("epochs", [2, 60, 5000])
def test_it_fits_and_falls_from_left_to_right(width: int, epochs: int) -> None:
    screen = Screen(width)
    curve(history(epochs), screen.console)
    assert max(len(line) for line in screen.lines) <= min(width, WIDTH)
    chart = [line for line in screen.lines if "│" in line or "┤" in line]
    assert len(screen.lines) <= HEIGHT + 4
    marks = [
        [place for place, sign in enumerate(line) if "\u2801" <= sign <= "\u28ff"] for line in chart
    ]
    starts = [row[0] for row in marks if row]
    assert len(starts) > 2
    assert starts == sorted(starts)


def test_ticks_are_powers_of_ten_and_the_end_is_told() -> None:
    screen = Screen(60)
    curve(
        {"epoch": [1, 2, 3], "loss": [10.0, 1.0, 0.001], "accuracy": [0, 0.5, 0.99]}, screen.console
    )
    labels = [line.split("┤")[0].strip() for line in screen.lines if "┤" in line]
    assert labels == ["10", "1", "0.1", "0.01", "0.001"]
    assert "epoch 3: loss 0.001, accuracy 99 % (training)" in screen.text


def test_accuracy_where_there_is_no_loss() -> None:
    screen = Screen(60)
    curve({"epoch": [1, 2], "accuracy": [0.0, 1.0]}, screen.console)
    labels = [line.split("┤")[0].strip() for line in screen.lines if "┤" in line]
    assert labels == ["100 %", "75 %", "50 %", "25 %", "0 %"]


@pytest.mark.parametrize(
    "given", [{}, {"epoch": [], "loss": []}, {"epoch": [1], "loss": [math.nan]}, {"loss": [0.0]}]
)
def test_nothing_to_draw(given: dict[str, list[float]]) -> None:
    screen = Screen(60)
    curve(given, screen.console)
    assert screen.text == "No epoch was recorded.\n"


def test_one_point_and_a_flat_line() -> None:
    for given in ({"epoch": [1], "loss": [4.6]}, {"epoch": [1, 2], "loss": [1.0, 1.0]}):
        screen = Screen(60)
        curve(given, screen.console)
        assert any("\u2801" <= sign <= "\u28ff" for sign in screen.text)


def test_ascii_streams_get_ascii() -> None:
    screen = Screen(60, encoding="ascii")
    curve(history(), screen.console)
    assert screen.text.isascii()
    assert "*" in screen.text


def test_a_line_goes_through_its_points_and_labels_stand_at_their_ticks() -> None:
    drawn = framed(
        [(0, 0), (9, 0), (9, 1)],
        Axis(0, 9, [(0, "0"), (9, "9")]),
        Axis(0, 1, [(0, "low"), (1, "high")]),
        width=16,
        height=6,
        braille=False,
    )
    assert drawn.splitlines() == [
        "    ┌──────────┐",
        "high┤         *│",
        "    │         *│",
        " low┤**********│",
        "    └┬────────┬┘",
        "     0        9",
    ]


def test_a_label_without_room_is_left_out_and_both_ends_stay() -> None:
    across = Axis(0, 100, [(0, "1,000"), (40, "1,001"), (100, "1,002")])
    up = Axis(0, 1, [(0, "0")])
    drawn = framed([(0, 0), (100, 1)], across, up, width=16, height=6, braille=True)
    assert drawn.splitlines()[-1].split() == ["1,000", "1,002"]
