from __future__ import annotations

import numpy as np
import pytest

import echospan
from echospan.engine import predict as predict_module
from echospan.errors import ConfigError, DataError
from engine.models import ROWS, SAMPLES, data, perceptron, recurrent, same, states, weights

X, _ = data()


def by_hand(keras, model, x, rows):
    """Batch by batch, state handed on by hand."""
    layer, readout = model.layers
    state, outputs = None, []
    free = keras.layers.LSTM(3, return_state=True)
    free.build((rows, *x.shape[1:]))
    free.set_weights(layer.get_weights())
    for start in range(0, len(x), rows):
        last, *state = free(x[start : start + rows], initial_state=state)
        outputs.append(np.asarray(readout(last)))
    return np.concatenate(outputs), [np.asarray(s) for s in state]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 2, 3, 6])
def test_state_is_carried_at_any_batch_size(keras, rows):
    model = recurrent(keras)
    expected, state = by_hand(keras, model, X, rows)
    before = [s + 0.5 for s in states(model)]
    for variable, value in zip(model.layers[0].states, before, strict=True):
        variable.assign(value)
    np.testing.assert_allclose(
        echospan.predict(model, X, batch_size=rows), expected, rtol=1e-5, atol=1e-6
    )
    if rows == ROWS:
        np.testing.assert_allclose(states(model), state, rtol=1e-5, atol=1e-6)
    else:
        assert same(states(model), before)
    assert model.layers[0].stateful


def test_twice_from_zero_is_the_same_and_going_on_is_not(keras):
    model = recurrent(keras)
    first = echospan.predict(model, X)
    np.testing.assert_array_equal(first, echospan.predict(model, X))
    halves = [
        echospan.predict(model, X[:4], batch_size=ROWS),
        echospan.predict(model, X[4:], batch_size=ROWS, reset_state="never"),
    ]
    np.testing.assert_allclose(np.concatenate(halves), first, rtol=1e-6, atol=1e-6)
    assert np.abs(echospan.predict(model, X, reset_state="never") - first).max() > 1e-4


def test_resetting_each_batch_forgets(keras):
    stateful, free = recurrent(keras), recurrent(keras, stateful=False)
    np.testing.assert_allclose(
        echospan.predict(stateful, X, reset_state="batch"), echospan.predict(free, X), rtol=1e-5
    )


def test_training_is_left_alone(keras):
    model = recurrent(keras)
    before = weights(model)
    echospan.predict(model, X, batch_size=3)
    assert same(before, weights(model))
    echospan.fit(model, X, data()[1], shuffle=False)


def test_a_model_neither_built_nor_compiled(keras):
    model = keras.Sequential([keras.layers.LSTM(2, stateful=True), keras.layers.Dense(1)])
    outputs = echospan.predict(model, X, batch_size=3)
    assert outputs.shape == (SAMPLES, 1)
    np.testing.assert_allclose(
        outputs[:3], np.asarray(model_from_zero(model, X[:3])), rtol=1e-5, atol=1e-6
    )


def model_from_zero(model, x):
    model.layers[0].reset_state()
    return model(x)


def test_samples_left_over_of_a_stateless_model(keras):
    model = perceptron(keras)
    want = model.predict(X, verbose=0)
    for rows in (1, 4, 5, 50):
        got = echospan.predict(model, X, batch_size=rows)
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_few_programs_serve_all_numbers_of_samples(keras, monkeypatch):
    made = []
    find = predict_module.find

    def counting(model, key, make):
        return find(model, key, lambda: (made.append(key), make())[1])

    monkeypatch.setattr(predict_module, "find", counting)
    model = perceptron(keras)
    x, _ = data(samples=40)
    for samples in range(20, 41, 4):
        got = echospan.predict(model, x[:samples], batch_size=2)
        np.testing.assert_allclose(got, model.predict(x[:samples], verbose=0), rtol=1e-5, atol=1e-6)
    assert len(made) == 2  # rooms of 16 and 32 batches


def test_random_layers_go_on_drawing(keras):
    class Noise(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seed = keras.random.SeedGenerator(1)

        def call(self, x):
            return x + keras.random.normal(keras.ops.shape(x), seed=self.seed)

    model = keras.Sequential([Noise()])
    zeros = np.zeros((4, 2), "float32")
    first = echospan.predict(model, zeros, batch_size=2)
    second = echospan.predict(model, zeros, batch_size=2)
    assert len(np.unique(np.concatenate([first, second]))) == 16


class TestRefused:
    def test_samples_left_over_of_a_stateful_model(self, keras):
        with pytest.raises(ConfigError, match=r"batch_size must be a divisor of the 6 .*3 or 6"):
            echospan.predict(recurrent(keras), X, batch_size=4)

    def test_going_on_with_states_of_another_size(self, keras):
        with pytest.raises(ConfigError, match="batch_size must be 2, the rows of the state"):
            echospan.predict(recurrent(keras), X, batch_size=3, reset_state="never")

    def test_settings(self, keras):
        with pytest.raises(ConfigError, match="reset_state must be one of 'batch', 'epoch'"):
            echospan.predict(perceptron(keras), X, reset_state="always")
        with pytest.raises(DataError, match="got none"):
            echospan.predict(perceptron(keras), X[:0])
