from __future__ import annotations

import numpy as np
import pytest

import echospan
from echospan.errors import ConfigError
from engine.models import ROWS, data, perceptron, recurrent, same, states, weights

X, Y = data()


def score(outputs):
    return {
        "loss": pytest.approx(np.mean((outputs - Y) ** 2), rel=1e-5),
        "mae": pytest.approx(np.mean(np.abs(outputs - Y)), rel=1e-5),
    }


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("reset_state", ["epoch", "batch"])
def test_scores_what_predict_answers(keras, rows, reset_state):
    model = recurrent(keras)
    outputs = echospan.predict(model, X, batch_size=rows, reset_state=reset_state)
    got = echospan.evaluate(model, X, Y, batch_size=rows, reset_state=reset_state)
    assert got == score(outputs)


def test_goes_on_from_the_states_and_writes_them_back(keras):
    model, twin = recurrent(keras), recurrent(keras)
    for _ in range(2):
        outputs = echospan.predict(twin, X, reset_state="never")
        assert echospan.evaluate(model, X, Y, reset_state="never") == score(outputs)
    np.testing.assert_allclose(states(model), states(twin), rtol=1e-6, atol=1e-6)


def test_nothing_is_learned(keras):
    model = recurrent(keras)
    before = weights(model)
    echospan.evaluate(model, X, Y)
    assert same(before, weights(model))
    assert int(model.optimizer.iterations.value) == 0


def test_as_a_list_in_keras_order(keras):
    model = recurrent(keras)
    scores = echospan.evaluate(model, X, Y)
    assert echospan.evaluate(model, X, Y, return_dict=False) == [scores["loss"], scores["mae"]]
    alone = echospan.evaluate(perceptron(keras), X, Y, return_dict=False)
    assert isinstance(alone, float)


def test_weights_and_samples_left_over(keras):
    model = perceptron(keras)
    weight = np.linspace(0, 1, len(X))
    got = echospan.evaluate(model, X, Y, batch_size=4, sample_weight=weight)
    want = model.evaluate(X, Y, batch_size=4, sample_weight=weight, return_dict=True, verbose=0)
    assert got == pytest.approx(want)


def test_refused(keras):
    with pytest.raises(ConfigError, match="divisor of the 6 samples"):
        echospan.evaluate(recurrent(keras), X, Y, batch_size=4)
    with pytest.raises(ConfigError, match="batch_size must be 2"):
        echospan.evaluate(recurrent(keras), X, Y, batch_size=ROWS + 1, reset_state="never")
    with pytest.raises(ConfigError, match="must be compiled"):
        echospan.evaluate(keras.Sequential([keras.layers.Dense(1)]), X, Y)
