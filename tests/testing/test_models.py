"""The contract can fail: each model here breaks one promise."""

from __future__ import annotations

import random
from typing import Literal

import pytest

from echospan.backend import keras_on_jax
from echospan.experiment import Experiment
from echospan.models import MLP
from echospan.models.init import Init
from echospan.testing import check_model


class Mine(MLP):
    kind: Literal["mine"] = "mine"
    units: int = 6
    """Of the hidden layer."""


def inputs(model, signature, init):
    start = model.input_for(signature)
    return start.layers(None, signature.timesteps, signature.symbols, False, init)


class GlobalRandomness(Mine):
    """Leaves an initialiser to Keras, which takes a seed from Python's global generator."""

    def build(self, signature, init):
        keras = keras_on_jax()
        start, x = inputs(self, signature, init)
        x = keras.layers.Dense(6)(keras.layers.Flatten()(x))
        return keras.Model(start, self.head(x, signature, init))


class UnseededLayer(Mine):
    """All weights have seeds, but the layer's dropout has none."""

    def build(self, signature, init):
        keras = keras_on_jax()
        start, x = inputs(self, signature, init)
        x = keras.layers.LSTM(
            6, kernel_initializer=init.glorot(), recurrent_initializer=init.orthogonal()
        )(x)
        return keras.Model(start, self.head(x, signature, init))


class OneSeed(Mine):
    def build(self, signature, init):
        return super().build(signature, Init(7))


class EveryStep(Mine):
    """Answers at every step where one answer is asked for."""

    def build(self, signature, init):
        keras = keras_on_jax()
        start, x = inputs(self, signature, init)
        return keras.Model(start, self.head(x, signature, init))


class NotANumber(Mine):
    def build(self, signature, init):
        keras = keras_on_jax()
        built = super().build(signature, init)
        return keras.Model(built.input, built.output * float("nan"))


class ClaimsState(Mine):
    @property
    def carries_state(self):
        return True


@pytest.fixture(scope="module")
def experiment():
    return Experiment(
        task={"kind": "echo", "symbols": 7, "length": 9},
        framing={"kind": "window", "window": 3},
        model={"kind": "chance"},
    )


@pytest.mark.parametrize(
    ("model", "match"),
    [
        (GlobalRandomness, "the same seed gave other weights"),
        (UnseededLayer, "the same seed gave other weights, or other seeds of dropout"),
        (OneSeed, "another seed gave the same weights"),
        (EveryStep, r"outputs have shape \(6, 3, 7\)"),
        (NotANumber, "outputs are not finite"),
        (ClaimsState, "carries_state is True, but the built model has no stateful layers"),
    ],
)
def test_a_broken_promise_is_found(model, match, experiment):
    with pytest.raises(AssertionError, match=match):
        check_model(model(), experiment)


def test_the_one_they_all_come_from_keeps_them(experiment):
    check_model(Mine(), experiment)


def test_global_randomness_is_noticed_where_the_weights_do_not_show_it(experiment):
    class Wasteful(Mine):
        def build(self, signature, init):
            random.random()
            return super().build(signature, init)

    with pytest.raises(AssertionError, match="global randomness"):
        check_model(Wasteful(), experiment)
