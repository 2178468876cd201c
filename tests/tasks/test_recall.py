from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.random import NumpyDraw
from echospan.tasks import Recall


def drawn(task, sequences):
    return task.draw(NumpyDraw(np.random.default_rng(0)), sequences, {}, "train")


def test_targets_by_hand():
    # Keys 2 and 4 have values 8 and 7; 4 is asked at step 6, 2 at step 8 and, by luck, at step 9.
    heard = [[2, 8, 4, 7, 0, 11, 4, 3, 2, 2, 9, 0]]
    asked = Recall(symbols=12, pairs=2, length=12).targets(np.array(heard))
    assert asked.tolist() == [[-1, -1, -1, -1, -1, -1, 7, -1, 8, 8, -1, -1]]


def test_keys_and_values_are_different_and_each_key_is_asked():
    task = Recall(symbols=16, pairs=4, length=32)
    values = drawn(task, 500)
    keys, answers = values[:, 0:8:2], values[:, 1:8:2]
    assert set(np.unique(keys)) == set(range(1, 8))
    assert set(np.unique(answers)) == set(range(8, 16))
    for row, own in zip(values, keys, strict=True):
        assert len(set(row[:8].tolist())) == 8
        assert set(own) <= set(row[8::2])


def test_the_first_question_follows_the_power_law():
    """One pair: the gap of its question has the probabilities of the definition."""
    task = Recall(symbols=2000, pairs=1, length=22, power=0.01)
    values = drawn(task, 20_000)
    asked = values[:, 2::2] == values[:, :1]
    wanted = np.arange(1, 11) ** (0.01 - 1)
    wanted *= len(values) / wanted.sum()
    counts = np.bincount(asked.argmax(axis=1), minlength=10)
    # Chi squared with 9 degrees of freedom: 27.9 is exceeded once in 1,000.
    assert ((counts - wanted) ** 2 / wanted).sum() < 27.9


def test_bits_count_the_mappings():
    # Keys 1 and 2, values 3 to 5: two pairs can be 3 * 2 mappings.
    assert Recall(symbols=6, pairs=2, length=8).bits == pytest.approx(np.log2(6))


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"length": 33}, r"task\.length must be even"),
        ({"pairs": 17, "symbols": 99}, r"task\.pairs must be at most a quarter of task\.length"),
        ({"pairs": 8, "symbols": 16}, r"task\.pairs must be at most 7, .*Raise task\.symbols"),
    ],
)
def test_pairs_must_fit(settings, match):
    with pytest.raises(ConfigError, match=match):
        Recall(**settings)
