from __future__ import annotations

import numpy as np
import pytest

import echospan
from doctor.bench.input_cases import forecaster, prices, run

torch = pytest.importorskip("torch")
from doctor.bench.input_cases import Masked, Rooted, nan_case, torch_forecaster  # noqa: E402

CODE = "input-scale"


def found(report, code=CODE):
    return [f for f in report.findings if f.code == code]


def trained(x, y, epochs=25, rate=0.01):
    """The share of the targets' variance that a torch module learns."""
    torch.manual_seed(0)
    body, head = torch.nn.LSTM(1, 6, batch_first=True), torch.nn.Linear(6, 1)
    optimizer = torch.optim.Adam([*body.parameters(), *head.parameters()], rate)
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    for _ in range(epochs):
        for start in range(0, len(x), 32):
            optimizer.zero_grad()
            answers = head(body(x[start : start + 32])[0][:, -1])
            torch.nn.functional.mse_loss(answers, y[start : start + 32]).backward()
            optimizer.step()
    with torch.no_grad():
        return 1 - float(((head(body(x)[0][:, -1]) - y) ** 2).mean() / y.var())


@pytest.mark.slow
def test_saturated_gates_are_counted_and_scaled_inputs_learn():
    x, y = prices(x=True, y=False)
    (one,) = found(torch_forecaster("LSTM", (x, y)))
    assert one.severity == "warning"
    assert one.evidence["saturated"] > 0.95
    assert one.evidence["inputs"] == [float(x[:64].min()), float(x[:64].max())]
    names = {"x": x}
    exec(one.remedy, names)
    assert found(torch_forecaster("LSTM", (names["x"], y))) == []
    assert trained(x, y) < 0.2
    assert trained(names["x"], y) > 0.8


@pytest.mark.slow
def test_far_targets_are_measured_with_the_optimizer_and_scaled_ones_learn():
    x, y = prices(x=False, y=True)
    (one,) = found(torch_forecaster("GRU", (x, y), 0.001))
    assert "Adam at 0.001" in one.message
    assert "may take" in one.message
    assert one.evidence["needed"] > 10 * one.evidence["updates"]
    names = {"y": y}
    exec(one.remedy, names)
    assert found(torch_forecaster("GRU", (x, names["y"]), 0.001)) == []
    assert trained(x, y) < 0.2
    assert trained(x, names["y"]) > 0.8


def test_without_an_optimizer_the_default_rate_is_assumed():
    (one,) = found(torch_forecaster("GRU", prices(x=False, y=True)))
    assert "Adam at its usual 0.001" in one.message


@pytest.mark.slow
def test_a_fast_rate_reaches_targets_that_a_slow_one_does_not():
    x, y = prices(x=False, y=False)
    far = 20 * y + 1000
    assert found(torch_forecaster("LSTM", (x, far), 0.0001))
    assert found(torch_forecaster("LSTM", (x, far), 0.1)) == []


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1, 10, 50])
def test_ordinary_magnitudes_are_not_told(factor):
    x, y = prices(x=False, y=False)
    assert found(torch_forecaster("LSTM", (factor * x, y))) == []
    assert found(torch_forecaster("LSTM", (x, factor * y))) == []


@pytest.mark.slow
def test_a_model_that_scales_its_inputs_is_judged_by_what_its_layer_is_given():
    assert found(run(forecaster(scaled_inside=True), prices(x=True, y=False))) == []


def test_constant_and_repeated_features():
    x, y = prices(x=False, y=False)
    still = np.concatenate([x, np.full_like(x, 3.0), x], axis=-1)

    class Net(torch.nn.Module):
        def __init__(self, features):
            super().__init__()
            self.body = torch.nn.GRU(features, 4, batch_first=True)
            self.head = torch.nn.Linear(4, 1)

        def forward(self, x):
            return self.head(self.body(x)[0][:, -1])

    def report(x):
        return echospan.check_torch(Net(x.shape[-1]), x, y, loss=torch.nn.MSELoss())

    notes = found(report(still))
    assert [(f.severity, f.evidence["features"]) for f in notes] == [("note", [1]), ("note", [2])]
    for one in reversed(notes):
        names = {"x": still, "np": np}
        exec(one.remedy, names)
        still = names["x"]
    assert found(report(still)) == []
    (all_of_it,) = found(report(np.zeros_like(x)))
    assert all_of_it.severity == "warning"
    assert "x is 0 everywhere" in all_of_it.message


def test_the_part_that_makes_nan_is_named():
    (one,) = found(nan_case(Masked(guarded=False), empty=True), "nan-inside")
    assert one.severity == "error"
    assert one.evidence["where"] == "'attend' (MultiheadAttention)"
    assert one.evidence["samples"] == 1
    (one,) = found(nan_case(Rooted(torch.sqrt)), "nan-inside")
    assert "before 'body'" in one.message


def test_scores_of_minus_infinity_are_no_nan():
    class Closed(Rooted):
        def forward(self, x):
            return torch.cat([super().forward(x), torch.full((len(x), 1), -torch.inf)], 1)

    x, y = prices(x=False, y=False)
    labels = np.zeros(len(y), "int64")
    report = echospan.check_torch(
        Closed(torch.tanh), x, labels, loss=torch.nn.CrossEntropyLoss(), batch_size=32
    )
    assert found(report, "nan-inside") == []
