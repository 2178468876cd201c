from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import DataError
from echospan.report.figures import accuracy_by_position

from .helpers import collections, line, texts


def test_points_bars_and_chance() -> None:
    figure = accuracy_by_position(
        [1, 2, 3], [0.2, 0.5, 0.9], [[0.1, 0.3], [0.4, 0.6], [0.8, 1]], 0.1
    )
    axes = figure.axes[0]
    x, y = line(axes, "accuracy")
    assert (x.tolist(), y.tolist()) == ([1, 2, 3], [0.2, 0.5, 0.9])
    (bars,) = collections(axes, "interval")
    assert np.allclose([s[:, 1] for s in bars.get_segments()], [[0.1, 0.3], [0.4, 0.6], [0.8, 1]])
    assert set(line(axes, "chance")[1]) == {0.1}


def test_unscored_positions_are_left_out() -> None:
    axes = accuracy_by_position([0, 1, 2], [None, 0.5, 0.6], [None, [0.4, 0.6], None]).axes[0]
    assert line(axes, "accuracy")[0].tolist() == [1, 2]


def test_many_positions_are_a_line_with_a_band() -> None:
    axes = accuracy_by_position(range(300), [0.5] * 300, [[0.4, 0.6]] * 300).axes[0]
    assert len(line(axes, "accuracy")[0]) == 300
    assert not collections(axes, "interval")
    assert len(axes.collections) == 1


def test_nothing_scored_and_wrong_lengths() -> None:
    assert "No position was scored." in texts(accuracy_by_position([], []))
    with pytest.raises(DataError, match="position 2, accuracy 1"):
        accuracy_by_position([1, 2], [0.5])
