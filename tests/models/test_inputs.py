from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from echospan.backend import keras_on_jax
from echospan.errors import ConfigError
from echospan.models.init import Init
from echospan.models.inputs import Embedded, OneHot, Scaled, choose_input

SYMBOLS = [[2, -1, 0]]


@pytest.mark.parametrize("xp", [np, jnp])
@pytest.mark.parametrize(
    ("given", "encoded"),
    [
        (OneHot(), [[[0, 0, 1], [-1, -1, -1], [1, 0, 0]]]),
        (Scaled(), [[[1], [-1], [0]]]),
        (Embedded(4), [[3, 0, 1]]),
    ],
)
def test_encoded_by_hand(given, encoded, xp):
    symbols = xp.asarray(SYMBOLS, dtype="int32")
    assert given.encode(symbols, 3, xp).tolist() == encoded


@pytest.mark.parametrize("given", [OneHot(), Scaled(), Embedded(4)])
def test_the_layers_take_what_was_encoded_and_mask_what_is_missing(given):
    keras = keras_on_jax()
    start, features = given.layers(None, None, 3, True, Init(0))
    told = given.encode(np.asarray(SYMBOLS, "int32"), 3, np)
    out = keras.Model(start, features)(told)
    assert out.ndim == 3
    assert np.asarray(keras.src.backend.get_keras_mask(out)).tolist() == [[True, False, True]]


@pytest.mark.parametrize("given", [OneHot(), Scaled(), Embedded(4)])
def test_a_missing_symbol_differs_from_every_real_one(given):
    keras_on_jax()
    symbols = np.arange(-1, 3, dtype="int32")[:, None]
    told = given.encode(symbols, 3, np).reshape(4, -1)
    assert len(np.unique(told, axis=0)) == 4


def test_an_embedding_has_a_row_for_each_symbol_and_one_for_missing():
    keras = keras_on_jax()
    start, features = Embedded(4).layers(None, None, 10, False, Init(0))
    (table,) = keras.Model(start, features).weights
    assert table.shape == (11, 4)


def test_choosing():
    assert isinstance(choose_input("one-hot", None), OneHot)
    assert isinstance(choose_input("scaled", None), Scaled)
    assert choose_input("embedding", None).size == 32
    assert choose_input("embedding", 8).size == 8
    with pytest.raises(ConfigError, match=r"model\.embedding_size must be left out unless"):
        choose_input("one-hot", 8)
