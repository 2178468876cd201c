"""What the losses of hand-written loops are given."""

from __future__ import annotations

import numpy as np
import pytest

import echospan

torch = pytest.importorskip("torch")
nn = torch.nn
functional = nn.functional
rng = np.random.default_rng(0)
X = torch.as_tensor(rng.normal(size=(32, 6, 1)).astype("float32"))
Y = X[:, -1] * 2


class Net(nn.Module):
    def __init__(self, units=1):
        super().__init__()
        self.memory, self.head = nn.GRU(1, 4, batch_first=True), nn.Linear(4, units)

    def forward(self, x):
        return self.head(self.memory(x)[0])


def watched(compare, units=1):
    torch.manual_seed(0)
    model = Net(units)
    optimizer = torch.optim.Adam(model.parameters())
    before = functional.mse_loss
    with echospan.watch_torch(model, timesteps=6) as watch:
        for start in range(0, 32, 8):
            optimizer.zero_grad()
            compare(model(X[start : start + 8]), Y[start : start + 8]).backward()
            optimizer.step()
    assert functional.mse_loss is before
    return watch.report


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("compare", "severity"),
    [
        (lambda out, y: nn.MSELoss()(out[:, -1], y[:, 0]), "error"),
        (lambda out, y: functional.l1_loss(out[..., 0], y), "warning"),
        (lambda out, y: nn.HuberLoss()(out[0], y[:1]), "warning"),
    ],
)
def test_a_spread_in_the_loop_is_told_once(compare, severity):
    report = watched(compare)
    assert [(f.code, f.severity) for f in report.findings] == [("loss-broadcast", severity)]


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_the_remedy_makes_the_shapes_equal():
    def wrong(outputs, targets, remedy=""):
        names = {"outputs": outputs[:, -1], "targets": targets[:, 0]}
        exec(remedy, names)
        return functional.mse_loss(names["outputs"], names["targets"])

    (found,) = watched(wrong).findings
    assert watched(lambda out, y: wrong(out, y, found.remedy)).findings == ()


@pytest.mark.parametrize(
    ("compare", "kind"),
    [
        (
            lambda out, y: nn.CrossEntropyLoss()(out[:, -1].softmax(-1), (y[:, 0] > 0).long()),
            "probabilities-for-logits",
        ),
        (lambda out, y: nn.NLLLoss()(out[:, -1], (y[:, 0] > 0).long()), "logits-for-logarithms"),
    ],
)
def test_a_loss_that_does_not_fit(compare, kind):
    (found,) = watched(compare, units=3).findings
    assert (found.code, found.evidence["mismatch"]) == ("loss-mismatch", kind)


@pytest.mark.parametrize(
    "compare",
    [
        lambda out, y: nn.MSELoss()(out[:, -1], y),
        lambda out, y: functional.mse_loss(out[:, -1], torch.ones(1)),
        lambda out, y: nn.BCEWithLogitsLoss()(out[:, -1], (y > 0).float()),
        lambda out, y: ((out[:, -1] - y) ** 2).mean(),
        lambda out, y: nn.MSELoss()(out, y[:, None].expand(8, 6, 1)),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_losses_that_fit(compare):
    assert watched(compare).findings == ()
