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
