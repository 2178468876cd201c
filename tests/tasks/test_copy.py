from __future__ import annotations

import math

import numpy as np
import pytest

from echospan.random import NumpyDraw
from echospan.tasks import Copy, lagged


def drawn(task, sequences=3):
    return task.draw(NumpyDraw(np.random.default_rng(0)), sequences, {}, "train")


def test_a_sequence_by_hand():
    # Two items of three symbols, T = 4: three blanks (3), the cue (4), two blanks to answer at.
    task = Copy(symbols=3, items=2, blank=4)
    values = drawn(task, 1)[0].tolist()
    assert values[2:] == [3, 3, 3, 4, 3, 3]
    assert task.targets(np.array([[2, 0, 3, 3, 3, 4, 3, 3]])).tolist() == [
        [-1, -1, -1, -1, -1, -1, 2, 0]
    ]
    everything = Copy(symbols=3, items=2, blank=4, scored="all")
    assert everything.targets(np.array([[2, 0, 3, 3, 3, 4, 3, 3]])).tolist() == [
        [3, 3, 3, 3, 3, 3, 2, 0]
    ]


def test_the_protocol_of_1997_is_the_default():
    task = Copy(blank=1000)
    assert (task.steps, task.width, task.reach) == (1020, 10, 1010)
    assert task.bits == 30
    assert drawn(task)[0, 1009] == 9


def test_it_is_an_echo_at_one_lag():
    task = Copy(blank=7)
    values = drawn(task)
    assert (
        task.targets(values)[:, task.reach :] == lagged(values, task.reach)[:, task.reach :]
    ).all()


def test_always_blank_then_guess_loses_what_the_protocol_says():
    """Cross-entropy of an answer that knows the step and no item, measured on drawn sequences."""
    task = Copy(blank=100, scored="all")
    targets = task.targets(drawn(task, 200))
    step = np.arange(task.steps)[:, None]
    items = np.where(np.arange(10) < 8, 1 / 8, 0.0)
    blank = np.where(np.arange(10) == 8, 1.0, 0.0)
    probability = np.where(step < task.reach, blank, items)
    loss = -np.log(probability[np.arange(task.steps)[None], targets]).mean()
    assert loss == pytest.approx(10 * math.log(8) / 120)
