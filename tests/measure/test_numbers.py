from __future__ import annotations

import numpy as np
import pytest

from echospan.measure import squared_error

NOTHING = np.nan


def test_by_hand():
    expected = np.array([[NOTHING, 1.0], [NOTHING, 3.0]])
    predicted = np.array([[9.0, 1.0], [9.0, 1.0]])
    found = squared_error(expected, predicted)
    assert (found.mean, found.scored) == (2.0, 2)
    # The targets' variance is 1.
    assert found.r2 == -1.0
    assert found.interval.low == 0
    # Mean of 0 and 4: standard error 2, 12.706 of them with one degree of freedom.
    assert found.interval.high == pytest.approx(2 + 12.706205 * 2)


def test_the_targets_themselves_and_the_best_constant():
    expected = np.random.default_rng(0).normal(2.0, 3.0, (50, 40))
    assert squared_error(expected, expected.copy()).r2 == 1
    assert squared_error(expected, np.full_like(expected, expected.mean())).r2 == pytest.approx(0)


def test_the_interval_covers_what_it_says():
    """Sequences with an error of their own each: answers within one are not independent."""
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        off = generator.normal(size=(60, 1)) * np.ones((60, 20))
        covered += (
            squared_error(np.zeros((60, 20)), off).interval.low
            <= 1
            <= squared_error(np.zeros((60, 20)), off).interval.high
        )
    assert 0.88 < covered / 400 < 0.98


def test_nothing_scored():
    with pytest.raises(ValueError, match="no answer is scored"):
        squared_error(np.full((2, 2), NOTHING), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="differ"):
        squared_error(np.zeros((2, 2)), np.zeros((2, 3)))
