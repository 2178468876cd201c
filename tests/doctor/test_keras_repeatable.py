"""Keras models whose outputs do not repeat are named with what draws, and not compared."""

import random

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.keras_repeat_cases import CASES, checked, function, own, seeded
from echospan.adapters.keras import clone


def finding(report):
    (found,) = [f for f in report.findings if f.code == "answer-not-repeatable"]
    return found


@pytest.mark.slow
def test_what_numpy_gives_a_layer_is_named_with_its_line(monkeypatch):
    check, states = echospan.check, []

    def watched(*arguments, **settings):
        # Making the model has drawn once.
        states.append(numpy_state())
        report = check(*arguments, **settings)
        states.append(numpy_state())
        return report

    monkeypatch.setattr(echospan, "check", watched)
    report = checked(own("of_numpy"), always=True)
    assert "NumPy's global generator" in finding(report).message
    assert "keras_repeat_cases.py:" in finding(report).message
    assert report.codes == ("answer-not-repeatable",)
    assert any("compares outputs" in told for told in report.skipped)
    before, after = states
    assert before == after


def numpy_state():
    state = np.random.get_state()  # noqa: NPY002 (that of the user)
    return state[1].tolist(), state[2:]


@pytest.mark.slow
def test_the_twins_draw_in_training_alone():
    """The remedy: what is drawn with ``training`` is drawn in training only."""
    for case in CASES:
        if case.backend == keras.backend.backend():
            assert case.code in case.faulty().codes, case.name
            assert case.code not in case.clean().codes, case.name


@pytest.mark.slow
def test_layers_and_lines_are_named_and_generators_are_left(monkeypatch):
    check, left = echospan.check, []

    def watched(*arguments, **settings):
        # Making a model calls its Lambda once, which draws.
        before = random.getstate()
        report = check(*arguments, **settings)
        left.append(random.getstate() == before)
        return report

    monkeypatch.setattr(echospan, "check", watched)
    assert "keras_repeat_cases.py:" in finding(checked(function, always=True)).message
    assert "'seeded" in finding(checked(seeded, always=True)).message
    assert left == [True, True]


SCALE = 3.0


@pytest.mark.slow
def test_the_clone_of_a_lambda_knows_the_names_around_its_function():
    layers = [keras.Input((4, 1)), keras.layers.Lambda(lambda x: x * SCALE), keras.layers.LSTM(2)]
    model = keras.Sequential(layers)
    x = np.ones((2, 4, 1), "float32")
    made = clone.clone(model)
    made.set_weights(model.get_weights())
    assert np.allclose(made(x), model(x))
    model.compile("sgd", "mse")
    report = echospan.check(model, np.random.default_rng(0).normal(size=(64, 4, 1)), np.ones(64))
    assert not any("cannot be cloned" in told for told in report.skipped)
