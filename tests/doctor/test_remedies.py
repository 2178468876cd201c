"""Remedies are lines to paste, and true: what they mend is not found again.

Those that follow from the order of the samples alone are in `tests/doctor/test_needs.py`, and each
code's cure in the catalogue is run by the bench.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.parts import echo, noise, recurrent, steps_of
from echospan.engine.carried import state_variables

pytestmark = pytest.mark.slow

EPOCH = {"batch_size": 4, "shuffle": False, "reset_state": "epoch", "trainer": "echospan"}


def carrying() -> Any:
    return recurrent("SimpleRNN", 12, classes=12, stateful=True, rows=4, steps=1)


def remedy(report: Any, code: str) -> str:
    found = next(finding for finding in report.findings if finding.code == code)
    assert found.severity == "error"
    return found.remedy


def settings(line: str) -> dict[str, Any]:
    """A line such as ``shuffle=False`` as keyword arguments."""
    found: dict[str, Any] = eval(f"dict({line})")
    return found


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("shuffled-state", {"shuffle": True}),
        ("state-reset-often", {"reset_state": "batch"}),
        ("batch-size-mismatch", {"batch_size": 8}),
    ],
)
def test_settings(code, wrong):
    x, y = steps_of(4, 20, 1)
    faulty = {**EPOCH, **wrong}
    line = remedy(echospan.check(carrying(), x, y, **faulty), code)
    mended = echospan.check(carrying(), x, y, **{**faulty, **settings(line)})
    assert code not in mended.codes
    assert mended.ok


def test_samples_left_over():
    x, y = steps_of(4, 20, 1)
    names = {"x": x[:-2], "y": y[:-2]}
    exec(remedy(echospan.check(carrying(), **names, **EPOCH), "batch-size-mismatch"), names)
    names.pop("__builtins__")
    assert echospan.check(carrying(), **names, **EPOCH).codes == ("gradient-cut",)


def test_state_that_keras_does_not_carry():
    x, y = steps_of(4, 20, 1)
    model = carrying()
    report = echospan.check(model, x, y, **{**EPOCH, "trainer": "keras"})
    exec(
        remedy(report, "state-not-carried"), {"echospan": echospan, "model": model, "x": x, "y": y}
    )
    assert all(np.asarray(state.value).any() for state in state_variables(model))


def test_a_softmax_over_one_unit():
    x = noise(32, 5, 1)
    y = (x[:, -1] > 0).astype("float32")

    def model(head: str) -> Any:
        layers = [keras.Input((5, 1)), keras.layers.Flatten(), eval(head)]
        made = keras.Sequential(layers)
        made.compile(loss="binary_crossentropy")
        return made

    report = echospan.check(model("keras.layers.Dense(1, activation='softmax')"), x, y)
    head = remedy(report, "output-constant")
    assert echospan.check(model(head), x, y).ok


def test_a_loss_that_makes_pairs():
    class Squared(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.square(y_pred - y_true)

    x, y = echo(4, 1)
    model = keras.Sequential([keras.Input((4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile(loss=Squared())
    names = {"x": x, "y": y[:, 0]}
    exec(remedy(echospan.check(model, **names, batch_size=8), "loss-broadcast"), names)
    assert echospan.check(model, x, names["y"], batch_size=8).ok


def test_rows_that_are_mixed():
    x, y = echo(4, 1, length=27)

    def model(line: str) -> Any:
        inputs = keras.Input(batch_shape=(4, 4, 1))
        names = {"x": keras.ops.transpose(inputs, (1, 0, 2)), "keras": keras}
        exec(line, names)
        made = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.SimpleRNN(3)(names["x"])))
        made.compile(loss="mse")
        return made

    line = remedy(echospan.check(model(""), x, y, batch_size=4), "rows-mixed")
    assert echospan.check(model(line), x, y, batch_size=4).ok


def test_verdicts_do_not_depend_on_scale_or_on_what_was_learned():
    """Inputs 1e-3 and 1e3 times as large, and weights so large that every gate is saturated."""
    x, y = echo(3, 5)
    expected = {"lag-outside-window"}
    for scale in (1e-3, 1.0, 1e3):
        model = recurrent("LSTM", 1)
        codes = set(echospan.check(model, scale * x, scale * y, batch_size=16).codes)
        # Only the finding about scales depends on them.
        assert codes - {"input-scale"} == expected
        assert ("input-scale" in codes) == (scale == 1e3)
    model.set_weights([1e4 * weight for weight in model.get_weights()])
    report = echospan.check(model, x, y, batch_size=16)
    assert set(report.codes) - {"input-scale"} == expected
    assert [lag.lag for lag in report.reach if lag.forward] == [0, 1, 2]
