from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.loss_cases import ahead
from doctor.bench.parts import stack
from echospan.doctor.broadcasts import spread_of

torch = pytest.importorskip("torch")
nn = torch.nn
CODE = "loss-broadcast"
X, Y = ahead(6, 3)


def finding(report):
    return next(f for f in report.findings if f.code == CODE)


@pytest.mark.parametrize(
    ("outputs", "targets", "shape", "repeated", "rows"),
    [
        ((8, 1), (8,), (8, 8), "both", True),
        ((8,), (8, 1), (8, 8), "both", True),
        ((8, 5), (8, 1), (8, 5), "targets", False),
        ((8, 1), (8, 24), (8, 24), "outputs", False),
        ((8, 3, 1), (8, 1, 3), (8, 3, 3), "both", False),
        ((6, 6, 1), (6, 1), (6, 6, 1), "targets", True),
        ((6, 6, 1), (6, 6), (6, 6, 6), "both", True),
        ((1, 2), (1,), (1, 2), "targets", False),
    ],
)
def test_shapes_that_are_spread(outputs, targets, shape, repeated, rows):
    found = spread_of(outputs, targets)
    assert (found.shape, found.repeated, found.rows) == (shape, repeated, rows)


@pytest.mark.parametrize(
    ("outputs", "targets"), [((8, 3), (8, 3)), ((8, 5), (8,)), ((1, 1), (1,)), ((8, 6, 1), (8, 1))]
)
def test_shapes_that_are_plain_or_do_not_fit(outputs, targets):
    assert spread_of(outputs, targets) is None


class Net(nn.Module):
    def __init__(self, part, units=1):
        super().__init__()
        self.memory, self.head = nn.GRU(1, 8, batch_first=True), nn.Linear(8, units)
        self.part = part

    def forward(self, x):
        return self.part(self.head(self.memory(x)[0]))


def pinball(outputs, targets):
    off = targets - outputs
    quantiles = torch.tensor([0.1, 0.5, 0.9], dtype=outputs.dtype)
    return torch.maximum(quantiles * off, (quantiles - 1) * off).mean()


def known_only(outputs, targets):
    value, known = targets[..., :1], targets[..., 1:]
    return (known * (outputs - value) ** 2).sum() / known.sum()


def judge(outputs, targets):
    return nn.functional.softplus(-outputs).mean()


LAST = lambda h: h[:, -1]  # noqa: E731
KNOWN = np.stack([Y[:, 0], (Y[:, 0] > 0).astype("float32")], -1)
CLASS = (Y[:, 0] > 0).astype("int64")


@pytest.mark.parametrize(
    ("part", "units", "y", "loss", "batch_size"),
    [
        (LAST, 3, Y[:, :1], pinball, 16),
        (LAST, 1, KNOWN, known_only, 16),
        (LAST, 1, np.ones(len(X), "float32"), judge, 16),
        (LAST, 2, CLASS, nn.CrossEntropyLoss(), 2),
        (lambda h: h.transpose(1, 2), 2, np.repeat(CLASS[:, None], 6, 1), nn.CrossEntropyLoss(), 6),
        (lambda h: h[:, -1, 0], 1, Y[:, 0], lambda o, t: ((o - t) ** 2).mean(), 16),
        (LAST, 1, Y[:, :1], nn.MSELoss(), 1),
        (LAST, 1, Y[:, 0], nn.MSELoss(), 1),
        (LAST, 1, Y[:, 0], lambda o, t: nn.functional.mse_loss(o.squeeze(-1), t), 16),
        (LAST, 1, CLASS, None, 16),
        (lambda h: h, 1, Y[:, :1], None, 16),
    ],
)
def test_losses_that_know_what_they_do(part, units, y, loss, batch_size):
    report = echospan.check(Net(part, units), X, y, loss=loss, batch_size=batch_size)
    assert CODE not in report.codes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layers", "y"),
    [
        ([keras.layers.GRU(4), keras.layers.Dense(1)], Y[:, 0]),
        ([keras.layers.GRU(4), keras.layers.Dense(3)], Y[..., None]),
        ([keras.layers.GRU(4), keras.layers.Dense(3), keras.layers.Reshape((3, 1))], Y),
    ],
)
def test_keras_makes_a_last_axis_fit(layers, y):
    assert CODE not in echospan.check(stack((6, 1), *layers), X, y).codes


def test_without_a_loss_it_is_asked_for():
    found = finding(echospan.check(Net(LAST), X, Y[:, 0], batch_size=16))
    assert (found.severity, found.evidence["exact"]) == ("warning", False)
    assert "may compare outputs (16, 1) with targets (16,)" in found.message
    assert "loss=" in found.message
    steps = finding(echospan.check(Net(lambda h: h[..., 0]), X, Y[:, :1], batch_size=16))
    assert steps.severity == "note"


def fit(model, x, y, loss):
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    x, y = torch.as_tensor(x.copy()), torch.as_tensor(y.copy())
    for step in range(300):
        rows = slice(step % 5 * 16, step % 5 * 16 + 16)
        optimizer.zero_grad()
        loss(model(x[rows]), y[rows]).backward()
        optimizer.step()
    with torch.no_grad():
        return float(model(x).reshape(len(x), -1)[:, -1].sub(y.reshape(len(y), -1)[:, 0]).var())


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_the_remedy_makes_a_module_learn():
    torch.manual_seed(0)
    x, names = X, {"y": X[:, -2, 0]}
    faulty, fixed = Net(LAST), Net(LAST)
    found = finding(echospan.check(faulty, x, names["y"], loss=nn.MSELoss(), batch_size=16))
    assert found.severity == "error"
    left = fit(faulty, x, names["y"], nn.MSELoss())
    exec(found.remedy, names)
    assert CODE not in echospan.check(fixed, x, names["y"], loss=nn.MSELoss(), batch_size=16).codes
    assert fit(fixed, x, names["y"], nn.MSELoss()) < 0.2 * left


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_the_remedy_takes_the_last_of_several_steps():
    # At the first step nothing is known of the answer, so one for all steps can't be right.
    y, names = X[:, -1], {"loss": nn.MSELoss()}
    model = Net(lambda h: h[..., 0])
    found = finding(echospan.check(model, X, y, **names, batch_size=16))
    assert found.severity == "warning"
    exec(found.remedy, names)
    assert CODE not in echospan.check(model, X, y, loss=names["loss"], batch_size=16).codes


@pytest.mark.slow
def test_the_remedy_for_keras():
    model = stack((6, 1), keras.layers.GRU(8, return_sequences=True), keras.layers.Dense(1))
    names = {"model": model, "keras": keras}
    found = finding(echospan.check(model, X, Y[:, :1]))
    assert (found.severity, found.evidence["repeated"]) == ("warning", "targets")
    exec(found.remedy, names)
    names["model"].compile(loss="mse")
    assert CODE not in echospan.check(names["model"], X, Y[:, :1]).codes
    wide = stack((6, 1), keras.layers.GRU(8), keras.layers.Dense(1))
    found = finding(echospan.check(wide, X, Y))
    assert "can only learn their mean" in found.message
    assert "keras.layers.Dense(3)" in found.remedy


def test_one_output_of_several_in_keras():
    inputs = keras.Input((6, 1))
    hidden = keras.layers.GRU(4)(inputs)
    outputs = {
        "one": keras.layers.Dense(1, name="one")(hidden),
        "all": keras.layers.Dense(1, name="all")(hidden),
    }
    model = keras.Model(inputs, outputs)
    model.compile(loss={"one": "mse", "all": "mae"})
    found = finding(echospan.check(model, X, {"one": Y[:, :1], "all": Y}))
    assert found.evidence["output"] == "all"
