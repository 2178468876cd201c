from __future__ import annotations

import numpy as np

from echospan.random import NumpyDraw
from echospan.tasks import Adding


def test_the_sum_by_hand():
    heard = [[0.5, 0], [0.25, 1], [0.125, 0], [0.75, 1]]
    targets = Adding(length=4).targets(np.array([heard], "float32"))
    assert np.isnan(targets[0, :3]).all()
    assert targets[0, 3] == 1.0


def test_one_mark_in_each_half_at_any_step():
    task = Adding(length=7)
    values = task.draw(NumpyDraw(np.random.default_rng(0)), 4000, {}, "train")
    rows, steps = np.nonzero(values[..., 1])
    assert (np.bincount(rows) == 2).all()
    first, second = np.bincount(steps[::2], minlength=7), np.bincount(steps[1::2], minlength=7)
    assert (first[3:] == 0).all()
    assert (second[:3] == 0).all()
    # Within four standard deviations of their expectations.
    assert np.abs(first[:3] - 4000 / 3).max() < 4 * 30
    assert np.abs(second[3:] - 1000).max() < 4 * 28
    assert values[..., 0].min() >= 0
    assert values[..., 0].max() <= 1
