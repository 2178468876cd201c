from __future__ import annotations

import pytest

from echospan.experiment import Experiment
from echospan.models import MODELS
from echospan.testing import check_model

ECHO = {"kind": "echo", "symbols": 7, "length": 9, "lag": 2}
WINDOW = {"kind": "window", "window": 4, "keep_missing": True}
SEQUENCE = {"kind": "sequence"}
RECITE = {"kind": "recite", "symbols": 7, "length": 5, "first": 2}
WHOLE = {"kind": "whole"}

# Kind, settings, task, framing.
CASES = [
    ("lstm", {"units": 6}, ECHO, WINDOW),
    ("lstm", {"units": 6, "stateful": True, "layers": 2, "dropout": 0.2}, ECHO, SEQUENCE),
    ("lstm", {"units": 6, "output": "value", "input": "scaled", "masking": True}, ECHO, WINDOW),
    ("gru", {"units": 6, "input": "embedding", "embedding_size": 3, "masking": True}, ECHO, WINDOW),
    ("gru", {"units": 6, "stateful": True}, ECHO, {"kind": "per-step"}),
    ("simple-rnn", {"units": 6, "masking": True}, ECHO, WINDOW),
    ("simple-rnn", {"units": 6}, ECHO, SEQUENCE),
    ("encoder-decoder", {"units": 6}, RECITE, WHOLE),
    ("mlp", {"units": 6}, ECHO, WINDOW),
    ("mlp", {"units": 6, "window": 3}, ECHO, SEQUENCE),
    ("ind-rnn", {"units": 6}, ECHO, SEQUENCE),
    ("min-gru", {"units": 6, "layers": 1}, ECHO, WINDOW),
    ("min-lstm", {"units": 6, "layers": 1, "conv": 1}, ECHO, SEQUENCE),
    ("lru", {"units": 6, "layers": 1, "stateful": True}, ECHO, {"kind": "per-step"}),
    ("s4d", {"units": 6, "layers": 1, "order": 4, "expand": 0}, ECHO, SEQUENCE),
    ("mamba", {"units": 6, "layers": 1, "order": 4}, ECHO, SEQUENCE),
    ("lmu", {"units": 6, "order": 4, "memories": 2}, ECHO, SEQUENCE),
    ("transformer", {"units": 8, "layers": 1, "heads": 2, "stateful": True}, ECHO, SEQUENCE),
    ("transformer", {"units": 6, "layers": 1, "heads": 2, "positions": "sinusoidal"}, ECHO, WINDOW),
    ("tcn", {"units": 6, "layers": 2}, ECHO, SEQUENCE),
    ("esn", {"units": 6, "topology": "ring"}, ECHO, SEQUENCE),
    ("es2n", {"units": 6, "stateful": True}, ECHO, SEQUENCE),
    ("delay-line", {"taps": 2}, ECHO, WINDOW),
    ("last-value", {}, ECHO, WINDOW),
    ("last-value", {}, ECHO, SEQUENCE),
    ("chance", {}, ECHO, WINDOW),
    ("chance", {}, ECHO, SEQUENCE),
    ("chance", {}, RECITE, WHOLE),
]


def test_every_row_of_the_table_is_checked():
    assert {kind for kind, *_ in CASES} == set(MODELS)


@pytest.mark.parametrize(("kind", "settings", "task", "framing"), CASES)
def test_contract(kind, settings, task, framing):
    training = {"batch_size": 3 if framing is WINDOW else None}
    experiment = Experiment(task=task, framing=framing, model={"kind": "chance"}, training=training)
    check_model(MODELS[kind](**settings), experiment)
