from __future__ import annotations

import pytest

from doctor.bench.learning_cases import X, Y, held

torch = pytest.importorskip("torch")
from doctor.bench.learning_cases import torch_fit, torch_held  # noqa: E402

CODE = "held-back"


def only(report):
    (found,) = [f for f in report.findings if f.code == CODE]
    return found


def test_the_setting_is_named_with_its_strength():
    found = only(torch_held(0.98))
    assert (found.severity, found.evidence["value"]) == ("warning", 0.98)
    assert "'3' drops 98%" in found.message
    assert "kernel_regularizer" in only(held(l2=10.0)).message


def test_weight_decay_and_its_remedy():
    settings = {"weight_decay": 20.0}
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 1))
    optimizer = torch.optim.SGD(model.parameters(), 0.05, **settings)
    found = only(check(model, optimizer))
    assert found.evidence["kind"] == "decay"
    faulty = train(model, optimizer)
    exec(found.remedy, {"optimizer": optimizer})
    assert CODE not in check(model, optimizer).codes
    assert 3 * train(model, optimizer, 100) < faulty


@pytest.mark.parametrize("p", [0.0, 0.5, 0.8])
def test_usual_dropout_is_not_told(p):
    assert CODE not in torch_held(p).codes
    assert CODE not in torch_fit("AdamW", 0.001).codes


def check(model, optimizer):
    import echospan

    return echospan.check_torch(
        model, X, Y, loss=torch.nn.MSELoss(), optimizer=optimizer, batch_size=32
    )


def train(model, optimizer, epochs=30):
    x, y = torch.as_tensor(X), torch.as_tensor(Y)
    for _ in range(epochs):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
    with torch.no_grad():
        return float(torch.nn.functional.mse_loss(model(x), y))
