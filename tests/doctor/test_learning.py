from __future__ import annotations

import numpy as np
import pytest

import echospan
from doctor.bench.learning_cases import X, Y

torch = pytest.importorskip("torch")
from doctor.bench.learning_cases import torch_fit, torch_nets  # noqa: E402

RATE, FEW = "learning-rate", "too-few-updates"


def only(report, code):
    (found,) = [f for f in report.findings if f.code == code]
    return found


def net(seed=0):
    torch.manual_seed(seed)
    return torch_nets()["detach between layers"](True)


def train(model, optimizer, epochs, rows=None):
    x, y = torch.as_tensor(X[:rows]), torch.as_tensor(Y[:rows])
    for _ in range(epochs):
        for start in range(0, len(x), 32):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(x[start : start + 32]), y[start : start + 32])
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        return float(torch.nn.functional.mse_loss(model(x), y))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "rate"), [("Adam", 5.0), ("RMSprop", 3.0)])
def test_a_rate_that_is_too_fast_and_its_remedy(kind, rate):
    found = only(torch_fit(kind, rate), RATE)
    assert (found.severity, found.evidence["exact"]) == ("warning", False)
    assert "may be too fast" in found.message
    model = net()
    optimizer = getattr(torch.optim, kind)(model.parameters(), rate)
    assert train(model, optimizer, 20) > 0.8 * Y.var()
    mended = net()
    slower = getattr(torch.optim, kind)(mended.parameters(), rate)
    exec(found.remedy, {"optimizer": slower})
    report = echospan.check_torch(
        mended, X, Y, loss=torch.nn.MSELoss(), optimizer=slower, batch_size=32
    )
    assert RATE not in report.codes
    assert train(mended, slower, 80) < 0.6 * Y.var()


def test_a_rate_at_which_the_loss_is_no_number_is_an_error():
    y = 1e3 * Y
    model = net()
    model.body = torch.nn.RNN(1, 4, nonlinearity="relu", batch_first=True)
    optimizer = torch.optim.SGD(model.parameters(), 5.0)
    report = echospan.check_torch(
        model, X, y, loss=torch.nn.MSELoss(), optimizer=optimizer, batch_size=32
    )
    found = only(report, RATE)
    assert found.severity == "error"
    assert found.evidence["updates"] < 40
    assert not np.isfinite(train(model, optimizer, 10))


@pytest.mark.slow
def test_a_rate_that_moves_nothing_and_its_remedy():
    found = only(torch_fit("Adam", 1e-9), RATE)
    assert "may be too slow" in found.message
    model = net()
    optimizer = torch.optim.Adam(model.parameters(), 1e-9)
    before = train(model, optimizer, 0)
    assert train(model, optimizer, 20) == pytest.approx(before, rel=1e-3)
    exec(found.remedy, {"optimizer": optimizer})
    assert train(model, optimizer, 60) < 0.8 * before


@pytest.mark.slow
def test_few_updates_are_made_and_more_are_advised():
    found = only(torch_fit("Adam", 0.001, rows=32, epochs=3), FEW)
    assert found.evidence["updates"] == 3
    assert found.evidence["last"] > 0.95 * found.evidence["first"]
    names = {}
    exec(found.remedy, names)
    assert names["epochs"] == 2_000
    report = torch_fit("Adam", 0.001, rows=32, epochs=names["epochs"])
    assert FEW not in report.codes
    model = net()
    optimizer = torch.optim.Adam(model.parameters(), 0.001)
    short = train(model, optimizer, 3, rows=32)
    assert train(model, optimizer, 800, rows=32) < 0.5 * short


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "rate", "settings"),
    [
        ("Adam", 0.001, {}),
        ("Adam", 0.001, {"epochs": 2000}),
        ("Adam", 0.05, {"epochs": 3}),
        ("SGD", 0.1, {"epochs": 20}),
        ("AdamW", 2e-5, {}),
    ],
)
def test_usual_settings_are_not_told(kind, rate, settings):
    codes = torch_fit(kind, rate, **settings).codes
    assert RATE not in codes
    assert FEW not in codes


@pytest.mark.slow
def test_a_trained_model_may_go_on_for_a_little():
    model = net()
    train(model, torch.optim.Adam(model.parameters(), 0.02), 60)
    optimizer = torch.optim.Adam(model.parameters(), 1e-6)
    report = echospan.check_torch(
        model, X, Y, loss=torch.nn.MSELoss(), optimizer=optimizer, epochs=3, batch_size=188
    )
    assert RATE not in report.codes
    assert FEW not in report.codes


def test_a_warmup_starts_from_nothing():
    model = net()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: step / 1_000)
    assert optimizer.param_groups[0]["lr"] == 0
    report = echospan.check_torch(
        model, X, Y, loss=torch.nn.MSELoss(), optimizer=optimizer, epochs=5, batch_size=32
    )
    assert RATE not in report.codes
    assert FEW not in report.codes


def test_without_an_optimizer_nothing_is_said():
    report = echospan.check_torch(
        net(), X[:32], Y[:32], loss=torch.nn.MSELoss(), epochs=2, batch_size=32
    )
    assert RATE not in report.codes
    assert FEW not in report.codes


def test_what_takes_long_is_left_to_a_thorough_look(monkeypatch):
    import echospan.doctor.examination as module

    monkeypatch.setattr(module, "MOST_WORK", 0)
    report = torch_fit("Adam", 5.0)
    assert RATE not in report.codes
    left = [what for what in report.skipped if what.startswith("whether the learning rate suits")]
    assert left == [
        "whether the learning rate suits: not looked at, for it takes longer; thorough=True does"
    ]
    thorough = torch_fit("Adam", 5.0, thorough=True)
    assert RATE in thorough.codes
    assert not [what for what in thorough.skipped if "not looked at" in what]
