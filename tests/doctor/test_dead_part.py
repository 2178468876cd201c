from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.learning_cases import X, Y, context, frozen, stopped

torch = pytest.importorskip("torch")
from doctor.bench.learning_cases import torch_nets, torch_report  # noqa: E402

NETS = torch_nets()


def findings(report):
    return [f for f in report.findings if f.code == "dead-part"]


def only(report):
    (found,) = findings(report)
    return found


@pytest.mark.parametrize(
    ("name", "kind", "part", "severity"),
    [
        ("detach between layers", "cut", "'body' is used", "warning"),
        ("encoder under torch.no_grad", "cut", "'body' is used", "warning"),
        ("way through NumPy", "cut", "'body' is used", "warning"),
        ("layers in a plain list", "unregistered", "parts keeps 40 numbers", "warning"),
        ("layers in a plain dictionary", "unregistered", "a plain dictionary", "warning"),
        ("tensor that is no Parameter", "unregistered", "a plain tensor", "warning"),
        ("softmax over the last axis of one", "cancelled", "learning_cases.py:", "warning"),
        ("MultiheadAttention to a single key", "cancelled", "attend.key", "warning"),
        ("branch whose output is dropped", "unused", "'filter' never gets", "warning"),
        ("layer that forward does not call", "unused", "forward does not call it", "warning"),
        ("both directions read at the last step", "one step", "one time step", "warning"),
        ("all parameters frozen", "frozen", "All 89 weights are frozen", "error"),
    ],
)
@pytest.mark.slow
def test_a_module_s_dead_part_is_named(name, kind, part, severity):
    found = only(torch_report(lambda: NETS[name](False)))
    assert (found.evidence["kind"], found.severity) == (kind, severity)
    assert part in found.message


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "layers in a plain list",
        "layers in a plain dictionary",
        "tensor that is no Parameter",
        "all parameters frozen",
    ],
)
def test_the_remedy_makes_a_module_learn(name):
    torch.manual_seed(0)
    model = NETS[name](False)
    found = only(torch_report(lambda: model))
    before = held(model)
    exec(found.remedy, {"model": model, "torch": torch})
    assert findings(torch_report(lambda: model)) == []
    train(model, 3)
    after = held(model)
    renamed = {name.replace("[", ".").replace("]", "").replace("'", ""): p for name, p in
               before.items()}  # fmt: skip
    assert all((after[name] != p).any() for name, p in renamed.items())


def test_without_the_remedy_the_part_stays():
    torch.manual_seed(0)
    model = NETS["layers in a plain list"](False)
    before = [p.clone() for part in model.parts for p in part.parameters()]
    train(model, 3)
    after = [p for part in model.parts for p in part.parameters()]
    assert all((a == b).all() for a, b in zip(before, after, strict=True))


@pytest.mark.slow
def test_scores_over_time_learn_what_scores_over_one_cannot():
    # The answer is the value at the marked step: without attention all steps count alike.
    rng = np.random.default_rng(0)
    x = rng.normal(size=(256, 8, 2)).astype("float32")
    x[..., 1] = np.arange(8) == rng.integers(0, 8, 256)[:, None]
    y = (x[..., 0] * x[..., 1]).sum(1, keepdims=True)

    class Pick(torch.nn.Module):
        def __init__(self, dim):
            super().__init__()
            self.dim, self.score = dim, torch.nn.Linear(2, 1)
            self.head = torch.nn.Linear(2, 1)

        def forward(self, x):
            return self.head((torch.softmax(self.score(x) * 4, self.dim) * x).sum(1))

    losses = {}
    for dim in (2, 1):
        torch.manual_seed(0)
        model = Pick(dim)
        report = echospan.check_torch(model, x, y, loss=torch.nn.MSELoss(), batch_size=32)
        assert len(findings(report)) == (dim == 2)
        losses[dim] = train(model, 60, x, y, rate=0.05)
    assert losses[1] < 0.1 < 0.5 < losses[2]


def held(model):
    from echospan.adapters.torch.weights import held_parameters

    return {name: p.detach().clone() for name, p in held_parameters(model).items()}


def train(model, epochs, x=X, y=Y, rate=0.01):
    optimizer = torch.optim.Adam(model.parameters(), rate)
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    for _ in range(epochs):
        for start in range(0, len(x), 32):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(x[start : start + 32]), y[start : start + 32])
            loss.backward()
            optimizer.step()
    return float(torch.nn.functional.mse_loss(model(x), y).detach())


class Head(torch.nn.Module):
    """What sound variants share."""

    def __init__(self):
        super().__init__()
        self.body = torch.nn.GRU(1, 4, batch_first=True)
        self.head = torch.nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.body(x)[0][:, -1])


class OtherMethod(Head):
    """A second head that the user's own loop calls."""

    def __init__(self):
        super().__init__()
        self.critic = torch.nn.Linear(4, 1)

    def judge(self, x):
        return self.critic(self.body(x)[0][:, -1])


class OtherOutput(OtherMethod):
    """A second output that these targets are not for."""

    def forward(self, x):
        last = self.body(x)[0][:, -1]
        return self.head(last), self.critic(last)


class OnlyTraining(OtherMethod):
    """A part that counts in training mode alone."""

    def __init__(self):
        super().__init__()
        self.noise = torch.nn.Linear(4, 4)

    def forward(self, x):
        last = self.body(x)[0][:, -1]
        return self.head(last + self.noise(last) if self.training else last)


class Keys(Head):
    """The bias of the keys plays no part in a softmax."""

    def __init__(self):
        super().__init__()
        self.attend = torch.nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        states = self.body(x)[0]
        return self.head(self.attend(states, states, states)[0][:, -1])


class Normed(Head):
    """The bias before a norm plays no part, and position vectors beyond the length none either."""

    def __init__(self):
        super().__init__()
        self.places = torch.nn.Embedding(50, 4)
        self.first = torch.nn.Linear(4, 4)
        self.norm = torch.nn.BatchNorm1d(4)

    def forward(self, x):
        states = self.body(x)[0] + self.places(torch.arange(x.shape[1]))
        return self.head(torch.relu(self.norm(self.first(states[:, -1]))))


class Started(Head):
    """A state of zeros that asks for a gradient, as in old tutorials; and rectifiers, half dead."""

    def forward(self, x):
        state = torch.zeros(1, len(x), 4).requires_grad_()
        return self.head(torch.relu(self.body(x, state)[0][:, -1] - 0.3))


class Doubled(Head):
    """A low-rank addition that starts from zero, so that its other half has no gradient yet."""

    def __init__(self):
        super().__init__()
        self.down = torch.nn.Linear(4, 2, bias=False)
        self.up = torch.nn.Linear(2, 1, bias=False)
        torch.nn.init.zeros_(self.up.weight)

    def forward(self, x):
        last = self.body(x)[0][:, -1]
        return self.head(last) + self.up(self.down(last))


@pytest.mark.parametrize(
    "kind", [Head, OtherMethod, OtherOutput, OnlyTraining, Keys, Normed, Started, Doubled]
)
def test_what_only_looks_dead_is_not_told(kind):
    assert findings(torch_report(kind)) == []


def test_a_frozen_part_is_a_note():
    model = Head()
    model.body.requires_grad_(False)
    found = only(torch_report(lambda: model))
    assert found.severity == "note"
    assert found.message.startswith("'body' is frozen (84 of 89 weights)")


def test_parameters_of_a_list_that_the_optimizer_was_given_are_trained():
    torch.manual_seed(0)
    model = NETS["layers in a plain list"](False)
    parts = [p for part in model.parts for p in part.parameters()]
    optimizer = torch.optim.Adam([*model.parameters(), *parts])
    assert findings(torch_report(lambda: model, optimizer=optimizer)) == []


def test_one_time_step_uses_no_recurrent_weights():
    report = echospan.check_torch(Head(), X[:, :1], Y, loss=torch.nn.MSELoss(), batch_size=32)
    assert findings(report) == []


def test_all_of_it_cut_is_an_error():
    class Nothing(Head):
        def forward(self, x):
            return super().forward(x).detach()

    found = only(torch_report(Nothing))
    assert found.severity == "error"
    assert "No weight at all gets a gradient" in found.message


def keras_report(make, **settings):
    model = make(keras, **settings)
    model.compile("adam", "mse")
    return model, echospan.check(model, X, Y, batch_size=32)


@pytest.mark.slow
def test_a_keras_model_that_is_frozen_learns_after_the_remedy():
    model, report = keras_report(frozen, all_of_it=True)
    found = only(report)
    assert found.severity == "error"
    exec(found.remedy, {"model": model})
    model.compile(keras.optimizers.Adam(0.02), "mse")
    assert findings(echospan.check(model, X, Y, batch_size=32)) == []
    history = model.fit(X, Y, epochs=4, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]


@pytest.mark.slow
def test_keras_weights_behind_stop_gradient_and_before_one_key():
    found = only(keras_report(stopped, stop=True)[1])
    assert (found.evidence["kind"], found.severity) == ("cut", "warning")
    assert "'conv1d" in found.message
    found = only(keras_report(context, one=True)[1])
    assert found.evidence["kind"] == "cancelled"
    assert all("query" in name or "key" in name for name in found.evidence["weights"])


def test_a_frozen_embedding_is_a_note():
    model = keras.Sequential(
        [
            keras.Input((12,), dtype="int32"),
            keras.layers.Embedding(50, 4, trainable=False),
            keras.layers.GRU(4),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    words = np.random.default_rng(0).integers(1, 50, (64, 12))
    report = echospan.check(model, words, (words[:, 3:4] > 20).astype("float32"), batch_size=32)
    assert only(report).severity == "note"
