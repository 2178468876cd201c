"""Start weights of clones: drawn without JAX, from the distributions that Keras draws from."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras.src.initializers import random_initializers

from echospan.adapters.adapt import adapt
from echospan.adapters.keras.starting import drawn_by_numpy

INITIALIZERS = {
    "glorot_uniform": keras.initializers.GlorotUniform,
    "he_normal": keras.initializers.HeNormal,
    "random_normal": lambda: keras.initializers.RandomNormal(stddev=0.3),
    "random_uniform": lambda: keras.initializers.RandomUniform(-0.2, 0.4),
    "truncated_normal": lambda: keras.initializers.TruncatedNormal(stddev=0.5),
    "variance_scaling": lambda: keras.initializers.VarianceScaling(
        distribution="untruncated_normal"
    ),
}


def drawn(name: str, dtype: str = "float32") -> np.ndarray:
    return np.asarray(INITIALIZERS[name]()((80, 60), dtype))


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_distribution_is_kerass_own(name):
    own = drawn(name)
    with drawn_by_numpy():
        ours = drawn(name)
        assert drawn(name, "float64").dtype == np.float64
    assert ours.dtype == own.dtype
    assert abs(ours.mean() - own.mean()) < 0.1 * own.std()
    assert abs(ours.std() / own.std() - 1) < 0.05
    assert np.abs(ours).max() < 1.3 * np.abs(own).max()


def test_an_orthogonal_start_is_orthogonal():
    with drawn_by_numpy():
        for shape in ((8, 8), (5, 9), (9, 5)):
            values = np.asarray(keras.initializers.Orthogonal(gain=2.0)(shape))
            small = values if shape[0] <= shape[1] else values.T
            np.testing.assert_allclose(small @ small.T, 4 * np.eye(min(shape)), atol=1e-5)


def test_keras_draws_by_itself_afterwards_also_after_an_error():
    before = random_initializers.random, random_initializers.ops
    with pytest.raises(ZeroDivisionError), drawn_by_numpy():
        raise ZeroDivisionError
    assert (random_initializers.random, random_initializers.ops) == before


def test_a_clone_has_the_models_own_weights_and_the_model_keeps_its_own():
    model = keras.Sequential([keras.Input((5, 1)), keras.layers.GRU(4), keras.layers.Dense(1)])
    before = model.get_weights()
    x = np.random.default_rng(0).normal(size=(3, 5, 1))
    outputs = adapt(model, x).whole([x])[0]
    np.testing.assert_allclose(outputs, np.asarray(model(x)), rtol=1e-5, atol=1e-6)
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_layers_of_one_kind_start_with_different_weights():
    layers = [keras.Input((5, 3)), keras.layers.Dense(3), keras.layers.Dense(3)]
    model = keras.Sequential(layers)
    x = np.zeros((2, 5, 3))
    made = adapt(model, x, own_weights=False)
    first, second = (v for v in made.parameters().values() if v.ndim == 2)
    assert not np.allclose(first, second)
