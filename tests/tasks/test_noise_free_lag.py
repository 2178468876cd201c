from __future__ import annotations

import numpy as np

from echospan.random import NumpyDraw
from echospan.tasks import NoiseFreeLag


def test_the_two_sequences_by_hand():
    # p = 4: a1, a2, a3 are 0, 1, 2; x is 3, y is 4.
    task = NoiseFreeLag(lag=4)
    values = task.draw(NumpyDraw(np.random.default_rng(0)), 50, {}, "train")
    assert {tuple(row) for row in values.tolist()} == {(3, 0, 1, 2), (4, 0, 1, 2)}
    heard = np.array([[3, 0, 1, 2], [4, 0, 1, 2]])
    assert task.targets(heard).tolist() == [[-1, -1, -1, 3], [-1, -1, -1, 4]]
    everything = NoiseFreeLag(lag=4, scored="all")
    assert everything.targets(heard).tolist() == [[0, 1, 2, 3], [0, 1, 2, 4]]


def test_the_answer_lies_p_minus_one_steps_back():
    task = NoiseFreeLag(lag=50)
    assert (task.reach, task.width, task.steps) == (49, 51, 50)
