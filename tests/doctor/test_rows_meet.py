from __future__ import annotations

import numpy as np
import pytest

import echospan

torch = pytest.importorskip("torch")


class Reader(torch.nn.Module):
    """A recurrent layer, and what becomes of its outputs (batch, time, 8) and last state."""

    def __init__(self, end, **settings):
        super().__init__()
        self.rnn = torch.nn.GRU(1, 8, **settings)
        self.head = torch.nn.Linear(8, 3)
        self.end = end

    def forward(self, x):
        out, state = self.rnn(x)
        return self.end(self.head, out, state)


def last(head, out, state):
    return head(out[:, -1])


def view(head, out, state):
    return head(state.view(len(out), 16)[:, :8])


def softmax(head, out, state):
    return torch.log_softmax(head(out[:, -1]), 0)


def finding(model):
    x = np.random.default_rng(0).normal(size=(64, 7, 1)).astype("float32")
    y = (x[:, 0, 0] > 0).astype("int64")
    found = echospan.check_torch(model, x, y, batch_size=16, loss=torch.nn.CrossEntropyLoss())
    return next((each for each in found.findings if each.code == "rows-mixed"), None)


def test_a_layer_that_runs_along_the_batch_is_named_and_set_right():
    model = Reader(last)
    found = finding(model)
    assert (found.evidence["layer"], found.evidence["kind"]) == ("rnn", "GRU")
    assert "batch_first is False" in found.message
    exec(found.remedy, {"model": model})
    assert finding(model) is None


def test_attention_inside_another_module_is_named():
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0)
    model = torch.nn.Sequential(
        torch.nn.Linear(1, 8),
        torch.nn.TransformerEncoder(layer, 1, enable_nested_tensor=False),
        torch.nn.Flatten(),
        torch.nn.Linear(56, 3),
    )
    found = finding(model)
    assert found.evidence["layer"] == "1.layers.0.self_attn"
    exec(found.remedy, {"model": model})
    assert finding(model) is None


def test_the_line_of_a_view_or_a_softmax_is_named():
    found = finding(Reader(view, batch_first=True, bidirectional=False, num_layers=2))
    assert found.evidence["where"].startswith("test_rows_meet.py:")
    assert "reshape of (2, 4, 8) to (4, 16)" in found.message
    found = finding(Reader(softmax, batch_first=True))
    assert found.evidence["kind"] == "log_softmax(dim=0)"
