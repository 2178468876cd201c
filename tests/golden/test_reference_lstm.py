"""The golden numbers and the NumPy LSTM against each other; neither TensorFlow nor JAX is needed.

Two witnesses that share no code: where they agree, either may be held against the engine.
"""

from __future__ import annotations

import numpy as np
import pytest

from golden import load, reference_lstm

# float32 against float64 over a dozen updates. The largest differences seen: 4e-7 with SGD, 6e-6
# with Adam, which falls to 4e-7 once the powers of beta are rounded to float32 as in Keras.
TOLERANCE = 1e-5

LSTM_CASES = [
    case["name"] for case in load.cases() if [each["kind"] for each in case["layers"]] == ["LSTM"]
]


def update_of(case):
    settings = dict(case["optimizer"])
    return {"sgd": reference_lstm.sgd, "adam": reference_lstm.adam}[settings.pop("name")](
        **settings
    )


def retrain(case, **changes):
    arguments = {
        "batch_size": case["batch_size"],
        "epochs": case["epochs"],
        "reset": case["reset"],
        "mask_value": case["mask_value"],
        "update": update_of(case),
        **changes,
    }
    return reference_lstm.train(case["initial"], case["x"], case["y"], **arguments)


def largest_difference(ours, theirs):
    return max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))


def test_three_cases_are_a_single_lstm():
    assert LSTM_CASES == ["lstm-steps-sgd", "lstm-windows-adam", "lstm-masked-sgd"]


@pytest.mark.parametrize("name", LSTM_CASES)
def test_training_agrees_with_keras_on_tensorflow(name):
    case = load.case(name)
    trained = retrain(case)
    np.testing.assert_allclose(trained.loss, case["loss"], rtol=0, atol=TOLERANCE)
    assert largest_difference(trained.weights, case["final"]) < TOLERANCE
    assert largest_difference(trained.state, case["states"][0]) < TOLERANCE


@pytest.mark.parametrize("name", LSTM_CASES)
def test_training_without_carried_state_agrees_too(name):
    case = load.case(name)
    trained = retrain(case, reset="batch")
    np.testing.assert_allclose(trained.loss, case["loss_without_carry"], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", LSTM_CASES)
def test_predictions_carry_the_state_on(name):
    case = load.case(name)
    settings = {"batch_size": case["batch_size"], "mask_value": case["mask_value"]}
    first, state = reference_lstm.predict(case["final"], case["x"], **settings)
    second, state = reference_lstm.predict(case["final"], case["x"], state=state, **settings)
    np.testing.assert_allclose(first, case["predictions"], rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(second, case["predictions_continued"], rtol=0, atol=TOLERANCE)
    assert largest_difference(state, case["states_predicted"][0]) < TOLERANCE


@pytest.mark.parametrize("name", LSTM_CASES)
@pytest.mark.parametrize("reset", ["batch", "never"])
def test_a_wrong_reset_is_noticed(name, reset):
    case = load.case(name)
    trained = retrain(case, reset=reset)
    assert largest_difference(trained.weights, case["final"]) > 100 * TOLERANCE


def test_a_lost_mask_is_noticed():
    case = load.case("lstm-masked-sgd")
    trained = retrain(case, mask_value=None)
    assert largest_difference(trained.weights, case["final"]) > 100 * TOLERANCE


@pytest.mark.parametrize("case", load.cases(), ids=lambda case: case["name"])
def test_every_case_tells_carried_state_from_lost_state(case):
    assert np.abs(case["loss"] - case["loss_without_carry"]).max() > 1e-2
    assert np.abs(case["predictions"] - case["predictions_continued"]).max() > 1e-2


@pytest.mark.parametrize("mask_value", [None, -1.0])
def test_gradients_agree_with_finite_differences(mask_value):
    rng = np.random.default_rng(7)
    batch, timesteps, features, units, classes = 3, 4, 3, 2, 5
    shapes = [(features, 4 * units), (units, 4 * units), (4 * units,), (units, classes), (classes,)]
    weights = [rng.normal(size=shape) for shape in shapes]
    x = rng.normal(size=(batch, timesteps, features))
    x[0, 0] = x[0, 2] = x[1, 3] = -1.0
    x[2] = -1.0  # a sample without a single step
    y = np.eye(classes)[rng.integers(classes, size=batch)]
    state = (rng.normal(size=(batch, units)), rng.normal(size=(batch, units)))

    def loss_at(index, position, change):
        moved = [weight.copy() for weight in weights]
        moved[index][position] += change
        probabilities, *_ = reference_lstm.forward(moved, x, state, mask_value)
        return reference_lstm.cross_entropy(probabilities, y)

    _, gradients, _ = reference_lstm.loss_and_gradients(weights, x, y, state, mask_value)
    step = 1e-6
    for index, gradient in enumerate(gradients):
        for position in np.ndindex(gradient.shape):
            slope = (loss_at(index, position, step) - loss_at(index, position, -step)) / (2 * step)
            assert gradient[position] == pytest.approx(slope, abs=1e-8)


def test_header_names_the_versions():
    header = load.header()
    assert header["settings"]["backend"] == "tensorflow"
    assert header["versions"]["keras"] == "3.15.1"
