from __future__ import annotations

import os
import random
import subprocess

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.runner import ROOT, python_for
from doctor.cases import mistake, stateful_lstm
from echospan.engine.carried import state_variables
from echospan.errors import ConfigError, DataError


@pytest.fixture(scope="module")
def checked():
    x, y = mistake()
    model = stateful_lstm(keras, 6, 1, 100, units=50)
    return echospan.check(model, x, y, batch_size=6, shuffle=False, reset_state="epoch")


def test_the_tutorials_listing_names_the_rows_first_and_the_gradient_second(checked):
    assert checked.codes == ("state-row-mismatch", "gradient-cut", "state-not-carried")
    assert not checked.ok
    first = checked.findings[0]
    assert "Row 3 of batch 2 (sample 15) inherits the state of sample 9" in first.message
    assert "it has seen x(3), x(9), never x(14)" in first.message
    assert first.evidence["exact"]
    assert first.evidence["unreachable"] == first.evidence["answers"] == 23
    assert checked.needs_lag.lag == 1
    assert checked.needs_lag.how == "copy"


def test_the_reach_map_says_what_keras_does_on_jax(checked):
    # State stays zero there, so nothing but the sample's own step gets through.
    assert [lag.lag for lag in checked.reach if lag.forward] == [0]
    assert [lag.lag for lag in checked.reach if lag.gradient] == [0]


@pytest.mark.slow
def test_the_reach_map_where_state_is_carried():
    x, y = mistake()
    model = stateful_lstm(keras, 6, 1, 100)
    report = echospan.check(
        model, x, y, batch_size=6, shuffle=False, reset_state="epoch", trainer="echospan"
    )
    assert report.codes == ("state-row-mismatch", "gradient-cut")
    assert [lag.lag for lag in report.reach if lag.forward] == [0, 6, 12]
    assert [lag.lag for lag in report.reach if lag.gradient] == [0]


@pytest.mark.slow
def test_the_tutorials_window_has_no_error_and_the_target_inside():
    values = np.random.default_rng(0).integers(0, 100, 25)
    windows = np.lib.stride_tricks.sliding_window_view(values, 5)[1:]
    x, y = np.eye(100)[windows], np.eye(100)[windows[:, -2]]
    model = stateful_lstm(keras, 5, 5, 100, units=50)
    report = echospan.check(model, x, y, batch_size=5, shuffle=False, reset_state="epoch")
    assert report.ok
    assert "target-in-input" in report.codes
    assert "known at prediction time" in report.findings[-1].message


def everything(model):
    variables = [*model.variables, *model.optimizer.variables, *state_variables(model)]
    return [np.array(keras.ops.convert_to_numpy(v.value)) for v in variables]


class FailsOnProbes(keras.layers.Layer):
    """Made again from its configuration, it refuses to be called."""

    def __init__(self, fails=True, **settings):
        super().__init__(**settings)
        self.fails = fails

    def call(self, x):
        if self.fails:
            raise RuntimeError("side effect")
        return x

    def get_config(self):
        return {**super().get_config(), "fails": True}


@pytest.mark.slow
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_the_users_is_changed(fails):
    x, y = mistake(5)
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(6, 1, 5)),
            FailsOnProbes(fails=False),
            keras.layers.LSTM(3, stateful=True, dropout=0.5),
            keras.layers.Dense(5, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    if not fails:
        model = stateful_lstm(keras, 6, 1, 5)
    echospan.fit(model, x, y, batch_size=6, epochs=2, shuffle=False, reset_state="never")
    keras.utils.set_random_seed(3)
    before = everything(model)
    global_seed = keras.src.random.seed_generator.global_seed_generator().state.numpy().copy()
    name = keras.layers.Dense(1).name
    python, numpy = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    report = echospan.check(model, x, y, batch_size=6, shuffle=False)
    after = everything(model)
    assert len(before) == len(after)
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
    assert random.getstate() == python
    assert (np.random.get_state()[1] == numpy).all()  # noqa: NPY002
    seed = keras.src.random.seed_generator.global_seed_generator().state.numpy()
    assert (seed == global_seed).all()
    assert int(keras.layers.Dense(1).name.split("_")[-1]) == int(name.split("_")[-1] or 0) + 1
    assert bool(report.skipped) == fails
    if fails:
        assert "FailsOnPro" in report.skipped[0]
    assert "state-row-mismatch" in report.codes


def dense():
    model = keras.Sequential([keras.Input((5, 2)), keras.layers.LSTM(2), keras.layers.Dense(1)])
    model.compile(loss="mse")
    return model


X, Y = np.zeros((8, 5, 2)), np.zeros((8, 1))


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        (X[:, :, 0], Y, r"pass x\[:, :, None\]"),
        (X.swapaxes(1, 2), Y, r"swapped: x = x.swapaxes\(1, 2\)"),
        (X, Y[:-1], "differ by one"),
        (X.astype(object), Y, "Python objects"),
        (np.where(np.arange(5)[:, None] == 3, np.nan, X), Y, r"first at \[0, 3, 0\]"),
        (X[:0], Y[:0], "at least one sample"),
        (X.tolist(), Y, "numpy.asarray"),
        (X[:, 0, 0], Y, "sliding_window_view"),
        ({1, 2}, Y, "collect a few batches first"),
        (X, None, "y must be an array"),
    ],
)
def test_bad_arrays_are_one_clear_sentence(x, y, says):
    with pytest.raises(DataError, match=says) as caught:
        echospan.check(dense(), x, y, batch_size=4)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"reset_state": "sometimes"}, "reset_state"),
        ({"needs_lag": -1}, "needs_lag"),
        ({"batch_size": 2.5}, "batch_size"),
        ({"trainer": "torch"}, "trainer"),
        ({"bathc_size": 3}, "bathc_size"),
        ({"validation_data": X}, "validation_data"),
    ],
)
def test_bad_settings_are_named(settings, says):
    with pytest.raises(ConfigError, match=says):
        echospan.check(dense(), X, Y, **settings)


def test_something_else_than_a_keras_model_is_refused():
    with pytest.raises(ConfigError, match="a Keras 3 model"):
        echospan.check(np.mean, X, Y)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_nothing_of_the_users_is_changed_on_other_backends(backend):
    python = python_for(backend)
    if python is None:
        pytest.skip(f"{backend} is not installed here")
    done = subprocess.run(
        [python, "-m", "doctor.untouched"],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-800:]
