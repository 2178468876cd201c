"""Keras models and layers that go on from a state, on JAX; `on_torch_stateful.py` on torch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from adapters.keras.stateful_models import MODELS
from echospan.adapters.keras.stateful import stateful_of
from echospan.conformance.conform import conform
from echospan.errors import ConfigError

TESTS = Path(__file__).parents[2]
SEQUENCES = {"return_sequences": True}
RETURNING = {"return_sequences": True, "return_state": True}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: keras.layers.LSTM(4, **SEQUENCES), "return_state=True"),
        (lambda: keras.Sequential([keras.layers.GRU(4, **SEQUENCES)]), "stateful=True"),
        (lambda: keras.Sequential([keras.layers.Dense(4)]), "no recurrent layer"),
    ],
)
def test_a_model_that_cannot_go_on_says_what_to_pass(make, said):
    with pytest.raises(ConfigError, match=said) as raised:
        stateful_of(make())
    assert raised.value.field == "model"


def test_inputs_have_the_shape_of_the_model_and_differ_at_every_step():
    layer = keras.layers.SimpleRNN(4, **RETURNING)
    model = stateful_of(layer, features=7)
    one, two = model.inputs(2, 5, 0), model.inputs(2, 5, 1)
    assert one.shape == (2, 5, 7)
    assert (one != two).all()
    assert not layer.built


@pytest.mark.slow
def test_only_the_last_answer_is_refused():
    with pytest.raises(ConfigError, match="return_sequences=True"):
        stateful_of(keras.layers.LSTM(4, return_state=True))


@pytest.mark.slow
def test_state_weights_and_precision_are_the_model_s_own():
    layer = keras.layers.LSTM(4, **RETURNING)
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    y, *states = layer(x)
    before = [np.array(weight.value) for weight in layer.weights]
    model = stateful_of(layer)
    found, state = model.run(x.astype("float64"), None)
    np.testing.assert_allclose(found, np.array(y), atol=1e-6)
    np.testing.assert_allclose(state, np.array(states), atol=1e-6)
    assert found.dtype == "float64"
    with model.drawn(0):
        assert np.abs(model.whole(x.astype("float64")) - found).max() > 0.01
    with model.moved(0):
        assert 0 < np.abs(model.whole(x.astype("float64")) - found).max() < 1e-14
    np.testing.assert_array_equal(model.whole(x.astype("float64")), found)
    for weight, value in zip(layer.weights, before, strict=True):
        np.testing.assert_array_equal(weight.value, value)


@pytest.mark.slow
def test_symbols_are_those_of_the_embedding_and_zero_marks_padding():
    model = stateful_of(MODELS["symbols"]())
    x = model.inputs(3, 8, 0)
    assert x.dtype.kind == "i"
    assert x.min() == 1
    assert x.max() == 6
    mask = np.ones((1, 8), bool)
    mask[0, :3] = False
    padded = model.whole(x[:1], mask)[:, 3:]
    np.testing.assert_allclose(padded, model.whole(x[:1, 3:]), atol=1e-14)


@pytest.mark.slow
def test_a_reset_is_the_layers_own():
    model = stateful_of(MODELS["stateful"]())
    _, state = model.run(model.inputs(2, 4, 0), None)
    assert all(np.abs(leaf).max() > 0 for leaf in model.leaves(state).values())
    assert all(np.abs(leaf).max() == 0 for leaf in model.leaves(model.reset(state)).values())
    assert all(np.abs(leaf).max() > 0 for leaf in model.leaves(state).values())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "functional", "stateful"])
def test_a_sound_model_conforms_on_jax(name):
    report = conform(MODELS[name]())
    assert not report.faults
    assert report.verdict == "conforms"


@pytest.mark.slow
def test_sound_models_conform_on_torch():
    paths = os.pathsep.join([str(TESTS), *sys.path])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(Path(__file__).with_name("on_torch_stateful.py"))],
        env={**os.environ, "PYTHONPATH": paths, "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_the_script_of_a_fault_shows_it_without_echospan():
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(2, None, 3)),
            keras.layers.LSTM(4, stateful=True, **SEQUENCES),
            keras.layers.GRU(4, **SEQUENCES),
        ]
    )
    (fault,) = conform(model, checks=["chunks"]).faults
    assert "echospan" not in fault.script
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", fault.script],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    shown = float(done.stdout.split("largest difference: ")[1].split(";")[0])
    assert shown > 1e-3
