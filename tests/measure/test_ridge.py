from __future__ import annotations

import numpy as np

from echospan.measure import Ridge, RidgeSums
from studies.memory_capacity import ridge


def test_ridge_regression_by_hand():
    """y = 3 x + 1 with x = -1, 1: the penalty is half of the variance, the offset is free."""
    x, y = np.array([[-1.0], [1.0]]), np.array([[-2.0], [4.0]])
    sums = RidgeSums.of(x[:1], y[:1]).plus(RidgeSums.of(x[1:], y[1:]))
    for penalty, weight in ((1e-9, 3.0), (0.5, 2.0)):
        for solved in (Ridge.from_sums(sums), Ridge.from_arrays(x, y)):
            weights, offset = solved.solve(penalty * solved.mean_variance)
            np.testing.assert_allclose((weights[0, 0], offset[0]), (weight, 1.0), rtol=1e-6)


def test_ridge_is_least_squares_without_a_penalty_and_the_mean_with_a_huge_one():
    generator = np.random.default_rng(0)
    states, targets = generator.normal(size=(40, 3)), generator.normal(size=(40, 2)) + 7
    plain, *_ = np.linalg.lstsq(np.column_stack([states, np.ones(40)]), targets, rcond=None)
    np.testing.assert_allclose(ridge(states, targets, 0.0), plain, rtol=1e-9, atol=1e-9)
    heavy = ridge(states, targets, 1e12)
    np.testing.assert_allclose(heavy[-1], targets.mean(axis=0), rtol=1e-9)
    # The penalised solution from the normal equations, on centred states.
    centred = states - states.mean(axis=0)
    known = np.linalg.solve(centred.T @ centred + 2 * np.eye(3), centred.T @ targets)
    np.testing.assert_allclose(ridge(states, targets, 2.0)[:-1], known, rtol=1e-9)


def test_the_penalty_is_chosen_on_other_data():
    draws = np.random.default_rng(0)
    x, y = draws.normal(size=(60, 40)), draws.normal(size=(60, 1))
    new, wanted = draws.normal(size=(500, 40)), np.zeros((500, 1))
    solved = Ridge.from_arrays(x, y)

    def loss(weights, offset):
        return float(((new @ weights + offset - wanted) ** 2).mean())

    # Nothing is to be learned, so that the heaviest penalty is best, and half of it better still.
    weights, offset = solved.best((1e-6, 1e-2, 1e3), loss, (1.0, 0.5))
    heavy = solved.solve(1e3 * solved.mean_variance)
    np.testing.assert_allclose(weights, 0.5 * heavy[0])
    np.testing.assert_allclose(offset, 0.5 * heavy[1])
