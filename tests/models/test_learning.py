"""Every family learns to echo, within a number of updates that is about twice what it took."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.experiment import Experiment
from echospan.random import stream

# Settings, and updates of 16 sequences at a learning rate of 0.01 within which it must be solved.
FAMILIES = {
    "lstm": ({"units": 32}, 200),
    "gru": ({"units": 32}, 150),
    "simple-rnn": ({"units": 32}, 100),
    "ind-rnn": ({"units": 64, "layers": 2}, 1000),
    "min-gru": ({"units": 16, "layers": 1}, 100),
    "min-lstm": ({"units": 16, "layers": 1}, 100),
    "lru": ({"units": 16, "layers": 1}, 100),
    "s4d": ({"units": 16, "layers": 1}, 500),
    "mamba": ({"units": 16, "layers": 1}, 100),
    "lmu": ({"units": 32}, 100),
    "transformer": ({"units": 32, "heads": 2, "layers": 1, "context": 8}, 100),
    "tcn": ({"units": 16, "layers": 2}, 100),
    "mlp": ({"units": 32}, 100),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FAMILIES)
def test_an_echo_two_steps_back_is_learned(kind):
    settings, updates = FAMILIES[kind]
    experiment = Experiment(
        task={"kind": "echo", "symbols": 5, "length": 16, "lag": 2},
        framing={"kind": "sequence"},
        model={"kind": kind, **settings},
        training={"epochs": updates, "sequences": 16, "learning_rate": 0.01},
    )
    compiled = CompiledExperiment(experiment)
    values = compiled.trainer.run(
        compiled.start(experiment), stream(experiment.seed, "data"), epochs=updates
    )
    answers = compiled.judge(values, experiment.seed)
    scored = answers.expected >= 0
    assert np.mean(answers.predicted[scored] == answers.expected[scored]) > 0.9
