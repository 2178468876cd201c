from __future__ import annotations

import numpy as np
import pytest

from echospan.random import NumpyDraw
from echospan.tasks import TemporalOrder


@pytest.mark.parametrize(("first", "second", "order"), [(4, 4, 0), (4, 5, 1), (5, 4, 2), (5, 5, 3)])
def test_the_four_classes_by_hand(first, second, order):
    heard = [6, 0, first, 3, 1, 2, second, 0, 0, 7]
    targets = TemporalOrder(length=10).targets(np.array([heard])).tolist()
    assert targets == [[-1] * 9 + [order]]


def test_marks_stand_where_the_paper_puts_them():
    task = TemporalOrder(length=100)
    values = task.draw(NumpyDraw(np.random.default_rng(0)), 3000, {}, "train")
    marked = (values == 4) | (values == 5)
    rows, steps = np.nonzero(marked)
    assert (np.bincount(rows) == 2).all()
    assert set(steps[::2].tolist()) == set(range(10, 21))
    assert set(steps[1::2].tolist()) == set(range(50, 61))
    assert (values[:, 0] == 6).all()
    assert (values[:, -1] == 7).all()
    assert set(np.unique(values[:, 1:-1])) == set(range(6))
