from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.random import NumpyDraw
from echospan.tasks import CuedEcho


@pytest.mark.parametrize(
    ("heard", "asked"),
    [
        ([0, 7, 3, 9, 1, 4], [-1, -1, -1, 9, 1, 4]),
        ([1, 7, 3, 9, 1, 4], [-1, -1, -1, 3, 9, 1]),
        ([2, 7, 3, 9, 1, 4], [-1, -1, -1, 7, 3, 9]),
    ],
)
def test_targets_by_hand(heard, asked):
    assert CuedEcho(length=6, max_lag=2).targets(np.array([heard])).tolist() == [asked]


def test_every_cue_is_equally_likely_and_every_symbol():
    task = CuedEcho(symbols=10, length=20, max_lag=3)
    values = task.draw(NumpyDraw(np.random.default_rng(0)), 4000, {}, "train")
    cues = np.bincount(values[:, 0], minlength=4)
    assert cues.size == 4
    # Chi squared with 3 and 9 degrees of freedom at 1 in 1,000.
    assert ((cues - 1000) ** 2 / 1000).sum() < 16.3
    counts = np.bincount(values[:, 1:].ravel(), minlength=10)
    assert ((counts - 7600) ** 2 / 7600).sum() < 27.9


def test_the_answer_is_never_the_cue_itself():
    task = CuedEcho(symbols=10, length=8, max_lag=5)
    values = np.array([[cue, *[6, 7, 8, 9, 6, 7, 8]] for cue in range(6)])
    targets = task.targets(values)
    assert (targets[:, 6:] >= 6).all()
    assert (targets[:, :6] == -1).all()


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        (
            {"symbols": 3, "max_lag": 3},
            r"task\.max_lag must be smaller than task\.symbols \(3\): .*; got 3\.",
        ),
        (
            {"length": 6, "max_lag": 5},
            r"task\.max_lag must be smaller than task\.length - 1 \(5\); got 5\.",
        ),
        ({"max_lag": 0}, r"task\.max_lag must be greater than or equal to 1; got 0\."),
    ],
)
def test_a_cue_must_fit(settings, match):
    with pytest.raises(ConfigError, match=match):
        CuedEcho(**settings)
