from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.loss_cases import CLASSES, HOT, LABELS, VALUES, YES
from doctor.bench.parts import stack

torch = pytest.importorskip("torch")
nn = torch.nn
functional = nn.functional
CODE = "loss-mismatch"
STEPS = np.repeat(LABELS[:, None], 8, 1)
L, losses = keras.layers, keras.losses


class Net(nn.Module):
    def __init__(self, ends, units=CLASSES):
        super().__init__()
        self.memory, self.head = nn.GRU(1, 16, batch_first=True), nn.Linear(16, units)
        self.ends = ends

    def forward(self, x):
        return self.ends(self.head(self.memory(x)[0]))


def last(h):
    return h[:, -1]


def softmax(h):
    return torch.softmax(h[:, -1], -1)


def sigmoid(h):
    return torch.sigmoid(h[:, -1])


def finding(report):
    return next(f for f in report.findings if f.code == CODE)


def smooth(outputs, targets):
    return functional.cross_entropy(outputs, targets, label_smoothing=0.1)


def of_logarithms(outputs, targets):
    return functional.nll_loss(torch.log(outputs), targets)


def padded(outputs, targets):
    return functional.cross_entropy(outputs.transpose(1, 2), targets, ignore_index=7)


def binary_by_hand(outputs, targets):
    return functional.binary_cross_entropy(torch.sigmoid(outputs), targets)


MULTI = (VALUES[:, :CLASSES, 0] > 0).astype("float32")
SOFT = 0.9 * HOT + 0.1 / CLASSES


@pytest.mark.parametrize(
    ("ends", "loss", "y"),
    [
        (last, nn.CrossEntropyLoss(label_smoothing=0.1), LABELS),
        (last, smooth, LABELS),
        (last, nn.CrossEntropyLoss(), SOFT),
        (lambda h: torch.log_softmax(h[:, -1], -1), nn.CrossEntropyLoss(), LABELS),
        (softmax, of_logarithms, LABELS),
        (softmax, nn.MSELoss(), HOT),
        (lambda h: h, padded, np.where(VALUES[..., 0] > 1, 7, STEPS)),
        (lambda h: h.transpose(1, 2), nn.CrossEntropyLoss(), np.where(STEPS > 2, -100, STEPS)),
        (last, nn.BCEWithLogitsLoss(), MULTI),
        (last, nn.MultiLabelSoftMarginLoss(), MULTI),
        (sigmoid, binary_by_hand, MULTI),
        (sigmoid, nn.BCELoss(), MULTI),
        (softmax, None, LABELS),
        # The loop flattens steps or targets before it calls the loss.
        (lambda h: h, nn.CrossEntropyLoss(), np.arange(96 * 8).reshape(96, 8) % CLASSES),
        (lambda h: h[:, :CLASSES], nn.CrossEntropyLoss(), STEPS[:, :CLASSES]),
        (lambda h: h[:, :CLASSES].log_softmax(-1), nn.NLLLoss(), STEPS[:, :CLASSES]),
        (lambda h: h[:, :3], nn.CrossEntropyLoss(), STEPS[:, :3]),
        (last, nn.CrossEntropyLoss(), LABELS[:, None]),
        (lambda h: h[:, -1, :, None], nn.CrossEntropyLoss(), LABELS[:, None]),
    ],
)
def test_sound_losses_of_torch(ends, loss, y):
    assert CODE not in echospan.check(Net(ends), VALUES, y, loss=loss, batch_size=16).codes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "loss", "y"),
    [
        (
            L.Dense(CLASSES, activation="softmax"),
            "sparse_categorical_crossentropy",
            LABELS[:, None],
        ),
        (L.Dense(CLASSES), losses.CategoricalCrossentropy(from_logits=True), HOT),
        (L.Dense(CLASSES, activation="sigmoid"), "binary_crossentropy", MULTI),
        (L.Dense(CLASSES), losses.BinaryCrossentropy(from_logits=True), MULTI),
        (L.Dense(2, activation="softmax"), "binary_crossentropy", np.eye(2)[YES[:, 0].astype(int)]),
        (
            L.Dense(CLASSES, activation="softmax"),
            losses.CategoricalCrossentropy(label_smoothing=0.1),
            HOT,
        ),
        (
            L.Dense(CLASSES, activation="softmax"),
            losses.SparseCategoricalCrossentropy(ignore_class=-1),
            np.where(LABELS == 3, -1, LABELS),
        ),
        (L.Dense(1, activation="tanh"), "hinge", 2 * YES - 1),
        (L.Dense(1), lambda y, p: keras.ops.mean(keras.ops.softplus(p) - y * p), YES),
    ],
)
def test_sound_losses_of_keras(end, loss, y):
    model = stack((8, 1), L.GRU(4), end, loss=loss)
    assert CODE not in echospan.check(model, VALUES, y).codes


def test_a_softmax_is_seen_where_the_loop_flattens():
    model = Net(lambda h: torch.softmax(h, -1))
    report = echospan.check(model, VALUES, STEPS, loss=nn.CrossEntropyLoss(), batch_size=16)
    assert finding(report).evidence["mismatch"] == "probabilities-for-logits"


@pytest.mark.parametrize(
    ("end", "severity"),
    [(torch.sigmoid, "error"), (torch.relu, "error"), (torch.tanh, "warning")],
)
def test_scores_that_never_say_no(end, severity):
    model = Net(lambda h: end(h[:, -1]), 1)
    report = echospan.check(model, VALUES, YES, loss=nn.BCEWithLogitsLoss(), batch_size=16)
    assert finding(report).severity == severity


def test_the_numbers_of_two_softmaxes():
    loss = nn.CrossEntropyLoss()
    found = finding(echospan.check(Net(softmax), VALUES, LABELS, loss=loss, batch_size=16))
    assert found.severity == "warning"
    assert found.evidence["lowest_loss"] == pytest.approx(np.log(1 + 3 / np.e))
    assert "torch.nn.CrossEntropyLoss takes scores" in found.message


def learned(model, loss, y, rate=0.02, steps=150):
    """Share of the classes that are right after a short training."""
    optimizer = torch.optim.Adam(model.parameters(), rate)
    x, wanted = torch.as_tensor(VALUES), torch.as_tensor(y)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(model(x), wanted).backward()
        optimizer.step()
    with torch.no_grad():
        out = model(x)
    if out.shape[1] == 1:
        return float(((out > out.mean()) == (wanted > wanted.float().mean())).float().mean())
    right = wanted.argmax(1) if wanted.ndim == 2 else wanted
    return float((out.argmax(1) == right).float().mean())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ends", "loss", "y", "units"),
    [
        (softmax, nn.CrossEntropyLoss(), LABELS, CLASSES),
        (softmax, nn.NLLLoss(), LABELS, CLASSES),
        (last, nn.NLLLoss(), LABELS, CLASSES),
        (sigmoid, nn.BCEWithLogitsLoss(), YES, 1),
        (last, nn.BCELoss(), YES, 1),
        (last, nn.BCEWithLogitsLoss(), 2 * YES - 1, 1),
        (last, nn.CrossEntropyLoss(), LABELS + 1, CLASSES),
        (softmax, nn.BCELoss(), HOT, CLASSES),
    ],
)
def test_remedies_for_torch(ends, loss, y, units):
    torch.manual_seed(0)
    model, names = Net(ends, units), {"torch": torch, "loss": loss, "y": y}
    before = finding(echospan.check(model, VALUES, y, loss=loss, batch_size=16))
    exec(before.remedy, names)
    after = echospan.check(model, VALUES, names["y"], loss=names["loss"], batch_size=16)
    assert CODE not in after.codes
    assert learned(model, names["loss"], names["y"]) > 0.8


@pytest.mark.slow
def test_scores_without_logarithms_do_not_learn():
    def score(model):
        with torch.no_grad():
            return float(functional.nll_loss(model(torch.as_tensor(VALUES)), wanted))

    torch.manual_seed(0)
    model, wanted = Net(last), torch.as_tensor(LABELS)
    before = score(model)
    assert learned(model, nn.NLLLoss(), LABELS) < 0.7
    # The loss falls all the same, without end.
    assert score(model) < before - 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "loss", "y"),
    [
        ((1, "sigmoid"), "categorical_crossentropy", YES),
        ((1, None), "binary_crossentropy", YES),
        ((CLASSES, "softmax"), "binary_crossentropy", HOT),
        ((CLASSES, None), "sparse_categorical_crossentropy", LABELS),
        ((CLASSES, None), "categorical_crossentropy", HOT),
        ((CLASSES, "softmax"), losses.CategoricalCrossentropy(from_logits=True), HOT),
        ((CLASSES, "softmax"), "sparse_categorical_crossentropy", LABELS + 1),
        ((CLASSES, "softmax"), "categorical_crossentropy", LABELS),
        ((CLASSES, "softmax"), "sparse_categorical_crossentropy", HOT),
        ((1, "sigmoid"), "binary_crossentropy", 2 * YES - 1),
    ],
)
def test_remedies_for_keras(end, loss, y):
    model = stack((8, 1), L.GRU(4), L.Dense(end[0], activation=end[1]), loss=loss)
    names = {"keras": keras, "model": model, "y": y}
    exec(finding(echospan.check(model, VALUES, y)).remedy, names)
    assert CODE not in echospan.check(model, VALUES, names["y"]).codes


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:In loss categorical_crossentropy:SyntaxWarning")
def test_one_unit_learns_once_the_loss_is_binary():
    keras.utils.set_random_seed(0)
    scores = {}
    for loss in ("categorical_crossentropy", "binary_crossentropy"):
        model = stack((8, 1), L.GRU(8), L.Dense(1, activation="sigmoid"), loss=loss)
        model.optimizer.learning_rate = 0.03
        model.fit(VALUES, YES, epochs=25, batch_size=32, verbose=0)
        scores[loss] = float(((model.predict(VALUES, verbose=0) > 0.5) == YES).mean())
    assert scores["binary_crossentropy"] > 0.85
    assert scores["categorical_crossentropy"] < scores["binary_crossentropy"] - 0.2


@pytest.mark.slow
def test_an_answer_at_each_step_and_one_class():
    body = [L.GRU(4, return_sequences=True), L.Dense(CLASSES, activation="softmax")]
    model = stack((8, 1), *body, loss="sparse_categorical_crossentropy")
    found = finding(echospan.check(model, VALUES, LABELS))
    assert "outputs (96, 8, 4) with targets (96,)" in found.message
    names = {"model": model, "keras": keras}
    exec(found.remedy, names)
    names["model"].compile(loss="sparse_categorical_crossentropy")
    assert CODE not in echospan.check(names["model"], VALUES, LABELS).codes
    each = echospan.check(model, VALUES, STEPS[..., None])
    assert CODE not in each.codes


@pytest.mark.slow
def test_numbers_where_classes_are_meant():
    model = stack((8, 1), L.GRU(4), L.Dense(1), loss="sparse_categorical_crossentropy")
    found = finding(echospan.check(model, VALUES, VALUES[:, 0]))
    assert found.evidence["mismatch"] == "no-classes"
    names = {"model": model}
    exec(found.remedy, names)
    assert CODE not in echospan.check(model, VALUES, VALUES[:, 0]).codes


@pytest.mark.slow
def test_padding_outside_the_classes_is_a_warning():
    labels = np.where(LABELS == 3, -1, LABELS)
    model = stack(
        (8, 1), L.GRU(4), L.Dense(3, activation="softmax"), loss="sparse_categorical_crossentropy"
    )
    assert finding(echospan.check(model, VALUES, labels)).severity == "warning"


@pytest.mark.slow
def test_an_accuracy_of_numbers_is_a_note():
    model = stack((8, 1), L.GRU(4), L.Dense(1))
    model.compile(loss="mse", metrics=["accuracy"])
    y = VALUES[:, 0]
    found = finding(echospan.check(model, VALUES, y))
    assert (found.severity, found.evidence["mismatch"]) == ("note", "accuracy")
    names = {"model": model}
    exec(found.remedy, names)
    assert CODE not in echospan.check(model, VALUES, y).codes
    model.compile(loss="mse", metrics=["accuracy"])
    assert CODE not in echospan.check(model, VALUES, YES).codes


def test_one_of_several_outputs_is_named():
    inputs = keras.Input((8, 1))
    hidden = L.GRU(4)(inputs)
    outputs = {
        "kind": L.Dense(CLASSES, name="kind")(hidden),
        "yes": L.Dense(1, activation="sigmoid", name="yes")(hidden),
    }
    model = keras.Model(inputs, outputs)
    model.compile(loss={"kind": "sparse_categorical_crossentropy", "yes": "binary_crossentropy"})
    found = finding(echospan.check(model, VALUES, {"kind": LABELS, "yes": YES}))
    assert found.evidence["output"] == "kind"
    assert found.message.startswith("Output 'kind': sparse_categorical_crossentropy takes")
