from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from echospan.errors import DataError
from echospan.report.figures import expected_against_predicted
from echospan.report.figures.echo import MOST_STEPS

from .helpers import collections, lines, texts


def marked(figure: Figure, kind: str) -> int:
    return sum(len(made.get_offsets()) for made in collections(figure.axes[0], kind))


def test_hits_and_misses_differ_in_shape_and_colour() -> None:
    figure = expected_against_predicted([None, 3, 4, 5], [None, 3, 9, 5], [3, 4, 5, 6], 1)
    axes = figure.axes[0]
    (hit,), (miss,) = collections(axes, "hit"), collections(axes, "miss")
    assert (marked(figure, "hit"), marked(figure, "miss")) == (2, 1)
    assert hit.get_paths()[0].vertices.shape != miss.get_paths()[0].vertices.shape
    assert tuple(hit.get_facecolor()[0]) != tuple(miss.get_facecolor()[0])
    assert "2 of 3 scored steps right" in texts(figure)


def test_every_symbol_is_written_in_its_tile() -> None:
    figure = expected_against_predicted([None, 3, 4, 5], [None, 3, 9, 5], [3, 4, 5, 6], 1)
    assert [texts(figure, f"input-{step}") for step in range(4)] == [["3"], ["4"], ["5"], ["6"]]
    assert texts(figure, "expected-0") == ["·"]
    assert texts(figure, "expected-2") == ["4"]
    assert texts(figure, "predicted-2") == ["9"]


def test_the_miss_stands_below_its_tile() -> None:
    figure = expected_against_predicted([1, 2, 3], [1, 2, 9], [1, 2, 3], 0)
    (miss,) = collections(figure.axes[0], "miss")
    (tile,) = [t for t in figure.axes[0].texts if t.get_gid() == "predicted-2"]
    assert miss.get_offsets()[0][0] == pytest.approx(tile.get_position()[0])


def test_lines_join_an_echo_to_its_source_only_where_it_is_one() -> None:
    figure = expected_against_predicted([None, None, 1, 7], [None, None, 1, 7], [1, 2, 3, 4], 2)
    assert len(lines(figure.axes[0], "link")) == 1
    figure = expected_against_predicted([None, 1, 2], [None, 1, 2], [1, 2, 3], None)
    assert not lines(figure.axes[0], "link")


def test_inputs_may_be_longer_or_shorter_than_targets() -> None:
    longer = expected_against_predicted([1, 2], [1, 2], [1, 2, 3, 4, 5])
    assert texts(longer, "input-4") == ["5"]
    assert texts(longer, "expected-4") == []
    shorter = expected_against_predicted([1, 2, 3], [1, 2, 3], [1])
    assert texts(shorter, "expected-2") == ["3"]


def test_missing_values_and_missing_answers() -> None:
    figure = expected_against_predicted([-1, 3], [8, None], [None, -1], 1)
    assert texts(figure, "input-0") == ["–"]
    assert texts(figure, "expected-0") == ["·"]
    assert texts(figure, "predicted-1") == ["–"]
    assert (marked(figure, "hit"), marked(figure, "miss")) == (0, 1)


def test_long_sequences_are_cut_and_say_so() -> None:
    values = list(range(250))
    figure = expected_against_predicted(values, values, values, 0)
    assert marked(figure, "hit") == MOST_STEPS
    assert any(f"the first {MOST_STEPS} of 250 steps" in text for text in texts(figure))
    assert any(text.startswith("250 of 250") for text in texts(figure))


def test_tiles_stay_inside_the_figure() -> None:
    for size in (1, 7, 25, 26, 60):
        values = [99_999] * size
        figure = expected_against_predicted(values, values, values, 0)
        width, height = figure.get_size_inches()
        # Three rows of tiles: inputs, expected, predicted.
        assert len(figure.axes[0].patches) >= 3 * size
        for patch in figure.axes[0].patches:
            box = patch.get_bbox()
            assert 0 <= box.x0 < box.x1 <= width
            assert 0 <= box.y0 < box.y1 <= height


def test_what_does_not_fit() -> None:
    with pytest.raises(DataError, match="expected 2, predicted 1"):
        expected_against_predicted([1, 2], [1], [1, 2])
    with pytest.raises(DataError, match="at least one step"):
        expected_against_predicted([], [], [])
