from __future__ import annotations

import numpy as np

from echospan.backend import keras_on_jax
from echospan.models.init import Init


def draws(seed):
    init = Init(seed)
    return [np.asarray(f()((6, 6))) for f in (init.glorot, init.orthogonal, init.glorot)]


def test_each_initialiser_has_a_number_of_its_own():
    keras_on_jax()
    first, orthogonal, second = draws(0)
    assert not np.array_equal(first, second)
    np.testing.assert_allclose(orthogonal @ orthogonal.T, np.eye(6), atol=1e-5)
    for one, again, other in zip(draws(0), draws(0), draws(1), strict=True):
        assert np.array_equal(one, again)
        assert not np.array_equal(one, other)


def test_dropout_seeds_leave_the_weights_as_they_are():
    keras_on_jax()
    plain, dropping = Init(0), Init(0)
    assert dropping.dropout() != dropping.dropout()
    one, two = plain.glorot()((3, 3)), dropping.glorot()((3, 3))
    assert np.array_equal(np.asarray(one), np.asarray(two))


def test_uniform_is_keras_own_for_embeddings():
    keras_on_jax()
    values = np.asarray(Init(0).uniform()((100, 100)))
    assert -0.05 <= values.min() < -0.049
    assert 0.049 < values.max() <= 0.05
