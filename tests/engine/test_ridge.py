from __future__ import annotations

import numpy as np
import pytest

from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.experiment import Experiment


def judged(model, task, **training):
    experiment = Experiment(
        task=task,
        framing={"kind": "sequence"},
        model=model,
        training={"epochs": 20, "sequences": 8, **training},
    )
    compiled = CompiledExperiment(experiment)
    values = compiled.fit_readout(compiled.start(experiment), experiment)
    return compiled.judge(values, experiment.seed)


def accuracy(answers):
    scored = answers.expected >= 0
    return float(np.mean(answers.predicted[scored] == answers.expected[scored]))


@pytest.mark.slow
@pytest.mark.parametrize(("lag", "exact"), [(0, True), (3, True), (4, False)])
def test_a_delay_line_spans_exactly_its_taps(lag, exact):
    task = {"kind": "echo", "symbols": 5, "length": 12, "lag": lag}
    answers = judged({"kind": "delay-line", "taps": 3}, task)
    if exact:
        assert accuracy(answers) == 1.0
        assert answers.loss.mean() < 0.01
    else:
        # 200 sequences of 8 scored steps: five standard errors around chance.
        assert abs(accuracy(answers) - 0.2) < 5 * np.sqrt(0.2 * 0.8 / 1600)
        # The scores of one who does not know: ln 5 = 1.609.
        assert 1.6 < answers.loss.mean() < 1.7


def test_a_carried_delay_line_hears_across_updates():
    task = {"kind": "echo", "symbols": 5, "length": 12, "lag": 2}
    experiment = Experiment(
        task=task,
        framing={"kind": "stream"},
        model={"kind": "delay-line", "taps": 2, "stateful": True},
        training={"epochs": 60},
    )
    compiled = CompiledExperiment(experiment)
    values = compiled.fit_readout(compiled.start(experiment), experiment)
    assert accuracy(compiled.judge(values, 0)) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("model", [{"kind": "esn"}, {"kind": "es2n"}])
def test_reservoirs_recall_what_they_heard(model):
    task = {"kind": "echo", "symbols": 5, "length": 12, "lag": 3}
    assert accuracy(judged({"units": 60, **model}, task)) > 0.95
