"""Stateful training on JAX against numbers recorded from Keras on TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

import echospan
from golden import load, reference_lstm

pytestmark = pytest.mark.golden
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def assert_states(model, expected):
    for ours, theirs in zip(load.states(model), expected, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, **CLOSE)


def train(model, case, **changes):
    settings = {
        "batch_size": case["batch_size"],
        "epochs": case["epochs"],
        "shuffle": False,
        "reset_state": case["reset"],
        **changes,
    }
    return echospan.fit(model, case["x"], case["y"], **settings)


@pytest.mark.parametrize("case", load.cases(), ids=lambda case: case["name"])
def test_training_and_prediction_agree_with_keras_on_tensorflow(keras, case):
    model = load.build(case)
    history = train(model, case)
    np.testing.assert_allclose(history.history["loss"], case["loss"], **CLOSE)
    for a, b in zip(load.trainable_weights(model), case["final"], strict=True):
        np.testing.assert_allclose(a, b, **CLOSE)
    assert_states(model, case["states"])
    rows = case["batch_size"]
    first = echospan.predict(model, case["x"], batch_size=rows, reset_state="epoch")
    second = echospan.predict(model, case["x"], batch_size=rows, reset_state="never")
    np.testing.assert_allclose(first, case["predictions"], **CLOSE)
    np.testing.assert_allclose(second, case["predictions_continued"], **CLOSE)
    assert_states(model, case["states_predicted"])


def test_resetting_each_batch_is_training_without_carried_state(keras):
    case = load.case("lstm-steps-sgd")
    history = train(load.build(case), case, reset_state="batch")
    np.testing.assert_allclose(history.history["loss"], case["loss_without_carry"], **CLOSE)
    assert np.abs(history.history["loss"] - case["loss"]).max() > 1e-2


@pytest.mark.parametrize("rows", [1, 4, 8])
def test_prediction_at_another_batch_size_carries_the_state(keras, rows):
    case = load.case("lstm-windows-adam")
    model = load.build({**case, "initial": case["final"]})
    expected, _ = reference_lstm.predict(case["final"], case["x"], batch_size=rows)
    got = echospan.predict(model, case["x"], batch_size=rows)
    np.testing.assert_allclose(got, expected, **CLOSE)
    apart, _ = reference_lstm.predict(case["final"], case["x"], batch_size=len(case["x"]))
    if rows < len(case["x"]):
        assert np.abs(apart - expected).max() > 1e-3
