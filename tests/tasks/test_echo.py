from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.random import NumpyDraw
from echospan.tasks import Echo


def test_the_tutorials_settings_are_the_default():
    task = Echo()
    assert (task.width, task.steps, task.target_steps, task.reach) == (100, 25, 25, 1)
    assert task.chance == 0.01


def test_targets_by_hand():
    assert Echo(length=4, lag=2).targets(np.array([[7, 3, 9, 1]])).tolist() == [[-1, -1, 7, 3]]


def test_values_are_uniform():
    draw = NumpyDraw(np.random.default_rng(0))
    values = Echo(symbols=10, length=50).draw(draw, 400, {}, "train")
    counts = np.bincount(values.ravel(), minlength=10)
    # Chi squared with 9 degrees of freedom: 27.9 is exceeded once in 1,000.
    assert ((counts - 2000) ** 2 / 2000).sum() < 27.9


@pytest.mark.parametrize("lag", [25, 26, 1000])
def test_the_lag_must_lie_inside_the_sequence(lag):
    with pytest.raises(ConfigError) as caught:
        Echo(length=25, lag=lag)
    assert str(caught.value) == (
        "task.lag must be smaller than task.length (25), or no step is ever scored; "
        f"got {lag}. Shorten the lag or lengthen the sequence."
    )


def test_the_longest_lag_scores_one_step():
    task = Echo(length=25, lag=24)
    targets = task.targets(np.arange(25)[None])
    assert targets[0, -1] == 0
    assert (targets[0, :-1] == -1).all()


@pytest.mark.parametrize(
    ("settings", "start"),
    [
        ({"symbols": 1}, "task.symbols must be greater than or equal to 2; got 1."),
        ({"symbols": 0}, "task.symbols must be greater than or equal to 2; got 0."),
        ({"symbols": -5}, "task.symbols must be greater than or equal to 2; got -5."),
        ({"lag": -1}, "task.lag must be greater than or equal to 0; got -1."),
        ({"length": 0}, "task.length must be greater than or equal to 1; got 0."),
        ({"lag": 1.5}, "task.lag must be a valid integer; got 1.5."),
    ],
)
def test_out_of_range(settings, start):
    with pytest.raises(ConfigError) as caught:
        Echo(**settings)
    assert str(caught.value).startswith(start)
