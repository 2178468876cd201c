from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.random import NumpyDraw
from echospan.tasks import SelectiveCopy


def test_targets_by_hand():
    # Symbols 0 to 2, blank 3, cue 4: items 1, 0, 1 in a stretch of six.
    task = SelectiveCopy(symbols=3, items=3, length=6)
    assert task.targets(np.array([[3, 1, 3, 0, 1, 3, 4, 4, 4]])).tolist() == [
        [-1, -1, -1, -1, -1, -1, 1, 0, 1]
    ]


def test_the_setting_of_gu_and_dao():
    task = SelectiveCopy(length=4096 + 16)
    assert (task.width, task.items, task.steps) == (16, 16, 4128)


def test_every_step_is_equally_likely_to_hold_an_item():
    task = SelectiveCopy(symbols=2, items=3, length=10)
    values = task.draw(NumpyDraw(np.random.default_rng(0)), 5000, {}, "train")
    items = values[:, :10] < 2
    assert (items.sum(axis=1) == 3).all()
    # Chi squared with 9 degrees of freedom, of shares without replacement: narrower than 27.9.
    assert ((items.sum(axis=0) - 1500) ** 2 / 1500).sum() < 27.9
    assert (values[:, 10:] == 3).all()


def test_items_must_fit():
    with pytest.raises(ConfigError, match=r"task\.items must be at most task\.length \(15\); got"):
        SelectiveCopy(length=15)
