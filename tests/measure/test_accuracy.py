from __future__ import annotations

import numpy as np
import pytest

from echospan.measure import accuracy, by_position, over_sequences, wilson


def test_only_what_is_asked_is_scored():
    expected = np.array([[3, -1, 2], [1, 1, 0]])
    predicted = np.array([[3, -1, 1], [1, 0, 0]])
    found = accuracy(expected, predicted)
    # Right: 3, 1, 0. The agreement on -1 does not count.
    assert (found.hits, found.scored, found.share) == (3, 5, 0.6)
    # Two sequences, of one and two hits among two and three answers.
    hits, scored = np.array([1, 2]), np.array([2, 3])
    assert found.interval == over_sequences(hits, scored)
    assert accuracy(expected, predicted, 0.9).interval == over_sequences(hits, scored, 0.9)
    # One answer a sequence: they are independent.
    alone = accuracy(expected[:, 2:], predicted[:, 2:])
    assert alone.interval == pytest.approx(wilson(1, 2))


def test_nothing_scored_and_shapes_that_differ():
    with pytest.raises(ValueError, match="no answer"):
        accuracy(np.array([-1, -1]), np.array([0, 1]))
    with pytest.raises(ValueError, match="differ"):
        accuracy(np.array([[1], [2]]), np.array([1, 2]))


def test_by_position():
    expected = np.array([[-1, 1, 2, 3], [-1, 1, -1, 3]])
    predicted = np.array([[0, 1, 0, 3], [0, 1, 0, 0]])
    position = np.array([0, 2, 1, 2])
    found = by_position(expected, predicted, position)
    # Step 0 is never asked; two targets are about step 2, one (once asked) about step 1.
    assert list(found) == [1, 2]
    assert (found[1].hits, found[1].scored) == (0, 1)
    assert (found[2].hits, found[2].scored) == (3, 4)
    total = accuracy(expected, predicted)
    assert sum(each.hits for each in found.values()) == total.hits
    assert sum(each.scored for each in found.values()) == total.scored


def test_targets_that_stand_nowhere_have_no_position():
    found = by_position(np.array([[1, 1]]), np.array([[1, 1]]), np.array([-1, 4]))
    assert list(found) == [4]
    assert found[4].scored == 1


def test_numbers_are_right_within_the_tolerance_and_nan_is_not_scored():
    expected = np.array([[np.nan, 1.0, 2.0], [np.nan, np.nan, 3.0]])
    predicted = np.array([[0.0, 1.03, 2.05], [0.0, 0.0, 2.97]])
    found = accuracy(expected, predicted, tolerance=0.04)
    assert (found.hits, found.scored) == (2, 3)
    by_step = by_position(expected, predicted, np.arange(3), tolerance=0.04)
    assert {step: each.hits for step, each in by_step.items()} == {1: 1, 2: 1}
