from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.loss_cases import CLASSES, HOT, LABELS, VALUES, YES
from doctor.bench.parts import stack
from echospan.adapters.loss_call import LossCall
from echospan.doctor.constants import best_constant, most_common_share
from echospan.results.check_report import CheckData

torch = pytest.importorskip("torch")
nn = torch.nn
NUMBERS = VALUES[:, 0] * 3 + 1


class Net(nn.Module):
    def __init__(self, units=1):
        super().__init__()
        self.memory, self.head = nn.GRU(1, 4, batch_first=True), nn.Linear(4, units)

    def forward(self, x):
        return self.head(self.memory(x)[0][:, -1])


def entropy(shares):
    return float(-(shares * np.log(shares)).sum())


def test_numbers_of_a_regression():
    model = Net()
    report = echospan.check(model, VALUES, NUMBERS, loss=nn.MSELoss(), batch_size=16)
    assert report.baseline["best_constant"] == pytest.approx(NUMBERS.mean(), rel=1e-4)
    assert report.baseline["loss"] == pytest.approx(NUMBERS.var(), rel=1e-4)
    assert report.baseline["loss_name"] == "torch.nn.MSELoss"
    off = np.abs(NUMBERS - NUMBERS.mean()).mean()
    assert report.baseline["metric"]["mean_absolute_error"] == pytest.approx(off, rel=1e-4)
    with torch.no_grad():
        started = float(
            nn.functional.mse_loss(model(torch.as_tensor(VALUES)), torch.tensor(NUMBERS))
        )
    assert report.start_loss == pytest.approx(started, rel=1e-4)
    assert report.scales["y"]["max"] == pytest.approx(NUMBERS.max(), rel=1e-4)
    assert set(report.scales) == {"x", "y", "outputs"}
    again = CheckData.from_dict(report.to_dict())
    assert (again.baseline, again.scales) == (report.baseline, report.scales)
    told = str(report)
    assert f"Chance level: answering {NUMBERS.mean():.4g} every time gives loss" in told
    assert "Loss at the start" in told
    assert "Scale: x " in told


@pytest.mark.parametrize(
    ("loss", "y", "units", "wanted"),
    [
        (nn.CrossEntropyLoss(), LABELS, CLASSES, entropy(np.bincount(LABELS) / len(LABELS))),
        (nn.CrossEntropyLoss(), HOT, CLASSES, entropy(HOT.mean(0))),
        (nn.CrossEntropyLoss(), LABELS[:, None].astype("float32"), CLASSES, entropy(HOT.mean(0))),
        (
            nn.BCEWithLogitsLoss(),
            YES.astype("int64"),
            1,
            entropy(np.array([YES.mean(), 1 - YES.mean()])),
        ),
        (nn.BCEWithLogitsLoss(), YES, 1, entropy(np.array([YES.mean(), 1 - YES.mean()]))),
        (nn.L1Loss(), NUMBERS, 1, np.abs(NUMBERS - np.median(NUMBERS)).mean()),
        (
            lambda o, t: nn.functional.cross_entropy(o, t),
            LABELS,
            CLASSES,
            entropy(np.bincount(LABELS) / len(LABELS)),
        ),
        (
            lambda o, t: (o - t).abs().mean(),
            NUMBERS,
            1,
            np.abs(NUMBERS - np.median(NUMBERS)).mean(),
        ),
    ],
)
def test_chance_level_of_losses(loss, y, units, wanted):
    report = echospan.check(Net(units), VALUES, y, loss=loss, batch_size=32)
    assert report.baseline["loss"] == pytest.approx(wanted, rel=1e-3)


def test_huber_lies_between_mean_and_median():
    y = np.array([0.0, 0.0, 0.0, 9.0])[:, None]
    call = LossCall("huber", "values", "huber", y, y)
    constant, answers = best_constant(y, (1,), call, lambda _: 0.0)
    assert constant[0] == pytest.approx(1 / 3)
    assert answers.shape == (4, 1)


def test_the_most_common_class():
    assert most_common_share(np.array([2, 2, 1, -100])) == (2.0, pytest.approx(2 / 3))
    assert most_common_share(np.array([0, 0, 0, 1]), ignored=0) == (1.0, 1.0)
    assert most_common_share(np.eye(2)[[0, 0, 1]])[0] == 0.0


def test_without_a_loss():
    report = echospan.check(Net(CLASSES), VALUES, LABELS, batch_size=32)
    assert report.start_loss is None
    assert report.baseline["metric"]["accuracy"] == np.bincount(LABELS).max() / len(LABELS)
    assert report.skipped == ()
    assert "Hand over loss= to have the loss looked at." in str(report)


@pytest.mark.slow
def test_keras_with_two_outputs():
    inputs = keras.Input((8, 1))
    hidden = keras.layers.GRU(4)(inputs)
    outputs = {
        "kind": keras.layers.Dense(CLASSES, activation="softmax", name="kind")(hidden),
        "size": keras.layers.Dense(1, name="size")(hidden),
    }
    model = keras.Model(inputs, outputs)
    model.compile(loss={"kind": "sparse_categorical_crossentropy", "size": "mse"})
    y = {"kind": LABELS, "size": NUMBERS}
    report = echospan.check(model, VALUES, y, batch_size=32)
    wanted = entropy(np.bincount(LABELS) / len(LABELS)) + NUMBERS.var()
    assert report.baseline["loss"] == pytest.approx(wanted, rel=1e-3)
    started = model.evaluate(VALUES, y, verbose=0, batch_size=32, return_dict=True)["loss"]
    assert report.start_loss == pytest.approx(started, rel=1e-3)
    assert set(report.baseline["best_constant"]) == {"kind", "size"}


def test_the_first_sentence_says_what_is_wrong_and_how_sure():
    loss = nn.MSELoss()
    found = str(echospan.check(Net(), VALUES, NUMBERS[:, 0], loss=loss, batch_size=32))
    first = " ".join(found.split("1 error")[0].split())
    assert first.startswith("The loss compares outputs (32, 1) with targets (32,)")
    assert first.endswith("change: y = y[:, None] (proved: loss-broadcast).")
    maybe = str(echospan.check(Net(), VALUES, NUMBERS[:, 0], batch_size=32))
    assert "(an estimate: loss-broadcast)" in " ".join(maybe.split())
    model = stack((8, 1), keras.layers.GRU(4), keras.layers.Dense(1))
    clean = " ".join(str(echospan.check(model, VALUES, NUMBERS)).split())
    assert clean.startswith(
        "No problem found in order, state, gradient, masks, output range or loss"
    )
    assert "Looked at: the model's own outputs on 96 samples" in clean
