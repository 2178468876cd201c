"""What each architecture is, beside the contract: sizes, known answers, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.backend import keras_on_jax
from echospan.engine.carried import state_variables
from echospan.errors import ConfigError
from echospan.models import (
    GRU,
    LSTM,
    MLP,
    MODELS,
    S4D,
    Chance,
    EncoderDecoder,
    LastValue,
    Signature,
    SimpleRNN,
    Transformer,
)
from echospan.models.init import Init
from echospan.models.inputs import OneHot


# Sizes are those of the contract tests, so that JAX compiles once for both.
def signature(**changes) -> Signature:
    usual = {"symbols": 7, "timesteps": 4, "outputs": "last", "target_steps": 4, "batch_size": 3}
    return Signature(**{**usual, **changes})


def build(model, **changes):
    keras_on_jax()
    return model.build(signature(**changes), Init(0))


# Parameters by the textbook: gates x units x (inputs + units + biases), readout (units + 1) x K.
@pytest.mark.parametrize(
    ("model", "outputs", "parameters"),
    [
        (LSTM(units=6), "last", 4 * 6 * (7 + 6 + 1) + 7 * 7),
        (GRU(units=6), "every", 3 * 6 * (7 + 6 + 2) + 7 * 7),
        (SimpleRNN(units=6), "last", 6 * (7 + 6 + 1) + 7 * 7),
        (LSTM(units=6, layers=2), "every", 4 * 6 * (14 + 13) + 7 * 7),
        (LSTM(units=6, output="value"), "last", 4 * 6 * 14 + 7),
        (LSTM(units=6, input="scaled"), "last", 4 * 6 * (1 + 6 + 1) + 7 * 7),
        (
            LSTM(units=6, input="embedding", embedding_size=3),
            "last",
            8 * 3 + 4 * 6 * (3 + 7) + 7 * 7,
        ),
        (MLP(units=6), "last", (4 * 7 + 1) * 6 + 7 * 7),
        (EncoderDecoder(units=6), "written", 4 * 6 * 14 + 4 * 6 * 13 + 7 * 7),
        (LastValue(), "last", 0),
        (Chance(), "every", 0),
    ],
)
def test_parameters(model, outputs, parameters):
    assert build(model, outputs=outputs).count_params() == parameters


def test_last_value_repeats_what_it_saw():
    symbols = np.array([[1, 4, 0, 2], [3, 3, 1, 4]])
    vectors = OneHot().encode(symbols, 7, np)
    last = np.asarray(build(LastValue())(vectors))
    every = np.asarray(build(LastValue(), outputs="every")(vectors))
    assert last.argmax(-1).tolist() == [2, 4]
    assert every.argmax(-1).tolist() == symbols.tolist()


def test_chance_never_looks_and_favours_nothing():
    symbols = np.zeros((700, 20), int)
    model = build(Chance(), outputs="every")
    guesses = np.asarray(model(OneHot().encode(symbols, 7, np))).argmax(-1)
    counts = np.bincount(guesses.ravel(), minlength=7)
    # Chi squared with 6 degrees of freedom: 22.5 is exceeded once in 1,000.
    assert ((counts - 2000) ** 2 / 2000).sum() < 22.5


def test_a_carried_state_has_a_row_for_each_row_of_the_batch():
    states = state_variables(build(LSTM(units=6, layers=2, stateful=True), batch_size=3))
    assert [tuple(state.shape) for state in states] == [(3, 6)] * 4


def test_masked_steps_change_nothing():
    told = OneHot().encode(np.array([[-1, -1, 2, 4], [-1, 3, 2, 4]]), 7, np)
    short = OneHot().encode(np.array([[2, 4]]), 7, np)
    masked = build(LSTM(units=6, masking=True))
    np.testing.assert_allclose(masked(told)[0], masked(short)[0], atol=1e-6)
    marked = build(LSTM(units=6))
    assert np.abs(np.asarray(marked(told)[0] - marked(short)[0])).max() > 1e-3


@pytest.mark.parametrize(
    ("kind", "outputs"),
    [
        *((kind, "written") for kind in ("lstm", "gru", "simple-rnn", "mlp", "last-value")),
        ("encoder-decoder", "last"),
        ("encoder-decoder", "every"),
    ],
)
def test_a_framing_that_the_model_cannot_answer(kind, outputs):
    with pytest.raises(ConfigError, match=rf"model\.kind must be a model that .*; got '{kind}'"):
        MODELS[kind]().check(outputs)


@pytest.mark.parametrize("outputs", ["last", "every", "written"])
def test_chance_answers_any_framing(outputs):
    Chance().check(outputs)


@pytest.mark.parametrize(
    ("make", "start"),
    [
        (lambda: LSTM(embedding_size=8), "model.embedding_size must be left out unless"),
        (lambda: LSTM(units=0), "model.units must be greater than or equal to 1; got 0."),
        (lambda: GRU(dropout=1.0), "model.dropout must be less than 1; got 1.0."),
        (lambda: MLP(layers=2), "model.layers must be left out: model has the settings units, wi"),
        (lambda: Transformer(units=30), "model.units must be a multiple of 8 for 4 heads with rot"),
        (lambda: S4D(order=3), "model.order must be a multiple of 2; got 3."),
        (lambda: LSTM(input="onehot"), "model.input must be 'one-hot', 'scaled' or 'embedding'"),
    ],
)
def test_wrong_settings(make, start):
    with pytest.raises(ConfigError) as caught:
        make()
    assert str(caught.value).startswith(start)


def test_a_signature_is_plain_values():
    assert Signature(**signature().to_dict()) == signature()
