"""Tasks on numbers go the same way through framing, engine and runner as those on symbols."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.errors import ConfigError
from echospan.experiment import Experiment
from echospan.measure import squared_error
from echospan.runner.api import run


def echo(**settings):
    return Experiment(
        task={"kind": "continuous-echo", "lag": 2, "length": 20},
        framing={"kind": "window", "window": 3},
        model={"kind": "mlp", "units": 32},
        training={"epochs": 300, "sequences": 8, "learning_rate": 0.01},
    ).with_settings(settings)


@pytest.mark.slow
def test_a_window_that_holds_the_number_reads_it(tmp_path):
    found = run(echo(**{"training.shuffle": True}), store=tmp_path)
    assert found["r2"] > 0.98
    assert found["squared_error_interval"][1] < found["chance_squared_error"] / 20
    assert found["accuracy_interval"][0] > found["chance"]
    # The newest number says nothing about the one two steps before it: twice the variance.
    assert found["baselines"]["last-value"]["accuracy"] < 0.1
    assert "chance" not in found["baselines"]
    shown = found["example"]
    # The framing leaves out the steps that come before its first full window.
    assert shown["expected"][3:] == [inputs[0] for inputs in shown["inputs"][1:-2]]
    assert any("best constant 0.213" in sentence for sentence in found["explanation"])


def test_an_untrained_model_explains_nothing_and_nothing_is_asked_before_the_end():
    experiment = Experiment(
        task={"kind": "adding", "length": 6},
        framing={"kind": "sequence"},
        model={"kind": "gru", "units": 4},
    )
    compiled = CompiledExperiment(experiment)
    answers = compiled.judge(compiled.start(experiment), 0)
    assert answers.values.shape == (200, 6, 2)
    assert answers.predicted.dtype == np.float32
    assert np.isnan(answers.expected[:, :-1]).all()
    marked = (answers.values[..., 0] * answers.values[..., 1]).sum(axis=1)
    np.testing.assert_allclose(answers.expected[:, -1], marked, rtol=1e-6, atol=1e-6)
    error = squared_error(answers.expected, answers.predicted)
    assert error.scored == 200
    assert error.r2 < 0.1
    # The loss is the squared error of the scored step alone.
    np.testing.assert_allclose(answers.loss.mean(), error.mean, rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"model.kind": "chance"}, r"model\.kind must be a model whose outputs are numbers"),
        (
            {"model.kind": "lstm", "model.input": "scaled"},
            r"model\.input must be left out: this task's values are numbers; got 'scaled'",
        ),
        ({"model.kind": "gru", "model.output": "value"}, r"model\.output must be left out"),
    ],
)
def test_settings_for_symbols_are_refused(settings, match):
    with pytest.raises(ConfigError, match=match):
        echo(**settings)
