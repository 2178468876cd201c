from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.tasks import ContinuousEcho


def test_targets_by_hand():
    task = ContinuousEcho(length=4, lag=2)
    targets = task.targets(np.array([[[0.5], [-0.25], [-1.0], [0.75]]], "float32"))
    assert np.isnan(targets[0, :2]).all()
    assert targets[0, 2:].tolist() == [0.5, -0.25]


def test_the_chance_levels_of_jaegers_signal():
    task = ContinuousEcho()
    assert task.chance == pytest.approx(0.05)
    assert task.chance_error == pytest.approx(0.64 / 3)


def test_the_lag_must_lie_inside():
    with pytest.raises(ConfigError, match=r"task\.lag must be smaller than task\.length \(5\)"):
        ContinuousEcho(length=5, lag=5)
