"""The streaming contract can fail: each layer here breaks one promise."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from echospan.backend import keras_on_jax
from echospan.layers import CausalConv, Noise, Streaming
from echospan.testing import check_receptive_field, check_streaming

keras = keras_on_jax()


@keras.saving.register_keras_serializable(package="tests")
class Keeps(Streaming):
    """The value before, which is right; the others inherit it and go wrong."""

    def build_weights(self, features):
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def start(self, batch_size, features):
        return [jnp.zeros((batch_size, features))]

    def advance(self, x, state):
        line = jnp.concatenate([state[0][:, None], x], axis=1)
        return line[:, :-1] * jnp.asarray(self.scale), [line[:, -1]]


@keras.saving.register_keras_serializable(package="tests")
class Forgets(Keeps):
    def advance(self, x, state):
        return super().advance(x, self.start(*x.shape[::2]))


@keras.saving.register_keras_serializable(package="tests")
class OtherWhole(Keeps):
    def whole(self, x):
        return super().whole(x) * 1.01


@keras.saving.register_keras_serializable(package="tests")
class MixesRows(Keeps):
    def advance(self, x, state):
        y, state = super().advance(x, state)
        return y + jnp.mean(y, axis=0), state


@keras.saving.register_keras_serializable(package="tests")
class LosesASetting(Keeps):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def advance(self, x, state):
        y, state = super().advance(x, state)
        return y * self.factor, state

    def get_config(self):
        return {**super().get_config(), "factor": 1.0}


@keras.saving.register_keras_serializable(package="tests")
class NoGradient(Keeps):
    def advance(self, x, state):
        y, state = super().advance(x, state)
        return jnp.sqrt(jnp.square(y)), state


def model(layer):
    start = keras.Input((None, 3))
    return keras.Model(start, layer(start))


def draw():
    return np.random.default_rng(0).normal(size=(2, 6, 3)).astype("float32")


@pytest.mark.parametrize(
    ("layer", "match"),
    [
        (Forgets, "step by step and the whole sequence differ by"),
        (OtherWhole, "the model's own call and the same sequence heard with a state differ by"),
        (MixesRows, "a row alone and among others differ by"),
        (lambda: LosesASetting(2.0), "saved and loaded again and the model differ by"),
        (NoGradient, "a gradient over 200 steps is not finite"),
        (lambda: Noise(1), "differ by"),
    ],
)
def test_a_broken_promise_is_found(layer, match):
    with pytest.raises(AssertionError, match=match):
        check_streaming(model(layer()), draw())


def test_the_layer_that_they_come_from_keeps_them():
    check_streaming(model(Keeps()), draw())


@pytest.mark.slow
def test_an_outsiders_model_is_checked_too():
    own = keras.Sequential(
        [keras.Input((None, 3)), keras.layers.GRU(4), keras.layers.Dense(2, activation="softmax")]
    )
    check_streaming(own, draw())


def test_a_field_that_is_said_too_small_or_too_large():
    view = model(CausalConv(4, 2, 2, seed=0))
    check_receptive_field(view, draw(), 3)
    with pytest.raises(AssertionError, match="an answer depends on the value 2 steps back"):
        check_receptive_field(view, draw(), 2)
    with pytest.raises(AssertionError, match="an answer does not depend on the value 3 back"):
        check_receptive_field(view, draw(), 4)
