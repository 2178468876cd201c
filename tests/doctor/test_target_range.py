from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.output_cases import sine
from doctor.bench.parts import stack
from echospan.adapters.bounds import Bounds, of_recurrent, product, union

CODE = "target-out-of-range"


def report(last, x, y, loss="mse"):
    return echospan.check(stack((12, 1), keras.layers.Flatten(), *last, loss=loss), x, y)


def finding(found):
    return next(f for f in found.findings if f.code == CODE)


def test_the_numbers_are_those_of_outputs_and_targets():
    x, y = sine(-6, -4)
    found = finding(report([keras.layers.Dense(1, activation="relu", name="head")], x, y))
    assert found.severity == "error"
    assert found.evidence["range"] == [0.0, None]
    assert found.evidence["outside"] == 1.0
    # The nearest outputs are zeros.
    assert found.evidence["lowest_loss"] == pytest.approx(float((y**2).mean()), rel=1e-3)
    assert "relu (head), which gives no values below 0" in found.message


@pytest.mark.slow
@pytest.mark.parametrize(
    "last",
    ['Dense(1, activation="relu")', 'Dense(1, activation="sigmoid", name="out")'],
)
def test_the_remedy_ends_with_a_linear_output(last):
    x, y = sine(-6, -4)
    layer = eval(f"keras.layers.{last}")
    model = stack((12, 1), keras.layers.Flatten(), layer)
    remedy = finding(echospan.check(model, x, y)).remedy
    exec(remedy, {"model": model, "keras": keras})
    model.compile(loss="mse", optimizer=keras.optimizers.Adam(0.1))
    assert CODE not in echospan.check(model, x, y).codes
    before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=30, verbose=0)
    assert model.evaluate(x, y, verbose=0) < min(before, 0.5)


@pytest.mark.slow
def test_the_remedy_scales_targets_where_no_layer_can_be_changed():
    x, y = sine(-6, -4)
    names = {"y": y}
    last = [keras.layers.Dense(1), keras.layers.ReLU()]
    exec(finding(report(last, x, y)).remedy, names)
    assert CODE not in report(last, x, names["y"]).codes


@pytest.mark.slow
def test_a_loss_that_leaves_out_what_lies_outside_is_no_fault():
    def masked(true, pred):
        known = keras.ops.cast(true >= 0, pred.dtype)
        return keras.ops.sum(known * (true - pred) ** 2) / keras.ops.sum(known)

    x, y = sine(0, 1)
    y = np.where(np.arange(len(y))[:, None] % 3 == 0, -9.0, y)
    last = [keras.layers.Dense(1, activation="sigmoid")]
    assert CODE not in report(last, x, y, masked).codes
    assert finding(report(last, x, y)).severity == "warning"


@pytest.mark.parametrize(("activation", "low", "high"), [("sigmoid", 0, 1.02), ("relu", -0.01, 9)])
def test_a_little_outside_is_not_told(activation, low, high):
    last = [keras.layers.Dense(1, activation=activation)]
    assert CODE not in report(last, *sine(low, high)).codes


def test_torch_without_a_loss_is_a_warning():
    torch = pytest.importorskip("torch")
    x, y = (each.astype("float32") for each in sine(-6, -4))
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 1), torch.nn.Sigmoid())
    assert finding(echospan.check_torch(model, x, y)).severity == "warning"
    found = finding(echospan.check_torch(model, x, y, loss=torch.nn.MSELoss()))
    assert (found.severity, found.evidence["layer"]) == ("error", "2")
    names = {"y": y}
    exec(found.remedy, names)
    fixed = echospan.check_torch(model, x, names["y"], loss=torch.nn.MSELoss())
    assert CODE not in fixed.codes


def test_the_cell_state_of_an_lstm_has_no_bounds():
    torch = pytest.importorskip("torch")

    class Cell(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.LSTM(1, 1, batch_first=True)

        def forward(self, x):
            return self.layer(x)[1][1][-1]

    x, y = (each.astype("float32") for each in sine(-3, 3))
    assert CODE not in echospan.check_torch(Cell(), x, y, loss=torch.nn.MSELoss()).codes


def test_bounds_of_parts():
    one, two = Bounds(0, 1, "sigmoid"), Bounds(-1, 1, "tanh")
    assert union([one, two]) == Bounds(-1, 1, "sigmoid and tanh")
    assert union([one, None]) is None
    assert product(one, two) == Bounds(-1, 1, "sigmoid times tanh")
    assert of_recurrent("LSTM", "linear", "sigmoid") is None


def ends(change):
    torch = pytest.importorskip("torch")

    class Ended(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 3)

        def forward(self, x):
            return change(torch, self.layer(x))

    x, y = (each.astype("float32") for each in sine(-6, -4))
    y = np.repeat(y, 3, 1)
    return echospan.check_torch(Ended(), x, y, loss=torch.nn.MSELoss())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "low", "high"),
    [
        (lambda torch, h: torch.relu(h).mean(1), 0.0, None),
        (lambda torch, h: torch.sigmoid(h[:, -1]) * 3, 0.0, 3.0),
        (lambda torch, h: torch.nn.functional.gelu(h)[:, -1], -0.17, None),
        (lambda torch, h: torch.nn.functional.elu(h, alpha=2.0)[:, -1], -2.0, None),
        (lambda torch, h: h[:, -1].clamp(-1, 1), -1.0, 1.0),
        (lambda torch, h: h[:, -1].clamp(min=-2), -2.0, None),
        (lambda torch, h: h[:, -1].abs(), 0.0, None),
        (lambda torch, h: torch.tanh(h).amax(1), -1.0, 1.0),
    ],
)
def test_more_ways_to_end_a_module(change, low, high):
    found = finding(ends(change))
    assert found.evidence["range"] == pytest.approx([low, high])


@pytest.mark.parametrize(
    "change",
    [
        lambda torch, h: h[:, -1].clamp(max=0),
        lambda torch, h: torch.relu(h[:, -1]) * -2,
        lambda torch, h: torch.sigmoid(h[:, -1]) * 4 - 7,
        lambda torch, h: torch.nn.functional.leaky_relu(h[:, -1]),
    ],
)
def test_ends_that_reach_the_targets(change):
    assert CODE not in ends(change).codes


class Linear(keras.Model):
    """A model of one's own class: its layers are known by a call only."""

    last = None

    def __init__(self):
        super().__init__()
        self.body, self.drop = keras.layers.Flatten(), keras.layers.Dropout(0.2)
        self.head = keras.layers.Dense(1, activation=self.last)

    def call(self, x, training=False):
        return self.head(self.drop(self.body(x), training=training))


class Bounded(Linear):
    last = "sigmoid"


@pytest.mark.parametrize("kind", [Bounded, Linear])
def test_a_class_of_the_users_own(kind):
    x, y = sine(-6, -4)
    model = kind()
    model.compile(loss="mse")
    model.predict(x[:2], verbose=0)
    assert (CODE in echospan.check(model, x, y).codes) is (kind is Bounded)


@pytest.mark.parametrize("end", [keras.ops.sigmoid, keras.ops.relu, keras.activations.tanh])
def test_operations_at_the_end(end):
    inputs = keras.Input((12, 1))
    model = keras.Model(inputs, end(keras.layers.Dense(1)(keras.layers.Flatten()(inputs))))
    model.compile(loss="mse")
    assert finding(echospan.check(model, *sine(-6, -4))).severity == "error"


def test_a_softmax_over_time_sums_along_time():
    x = np.random.default_rng(0).random((64, 5, 3))
    inputs = keras.Input((5, 3))
    weights = keras.layers.Softmax(axis=1)(keras.layers.Dense(3)(inputs))
    model = keras.Model(inputs, weights)
    model.compile(loss="mse")
    assert CODE not in echospan.check(model, x, x / x.sum(1, keepdims=True)).codes
