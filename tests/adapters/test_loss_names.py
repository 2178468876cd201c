"""Losses by name, for frameworks that know none: their values by hand, and in the verbs."""

from __future__ import annotations

import math

import numpy as np
import pytest

import echospan
from echospan.adapters.loss_names import ALIASES, named_loss
from echospan.errors import ConfigError

OUTPUTS, TARGETS = [[0.5], [3.0]], [[1.0], [0.0]]
LOGITS, CLASSES = [[0.0, math.log(3.0)], [0.0, 0.0]], [1, 0]
KNOWN = {
    "mse": (OUTPUTS, TARGETS, (0.25 + 9) / 2),
    "mae": (OUTPUTS, TARGETS, (0.5 + 3) / 2),
    "huber": (OUTPUTS, TARGETS, (0.125 + 2.5) / 2),
    "cross_entropy": (LOGITS, CLASSES, -(math.log(0.75) + math.log(0.5)) / 2),
    "nll": ([[-2.0, -0.25], [-1.0, -3.0]], CLASSES, 1.25 / 2),
    "binary_cross_entropy": ([[0.25], [0.5]], TARGETS, -(math.log(0.25) + math.log(0.5)) / 2),
    "binary_cross_entropy_with_logits": (
        [[math.log(3.0)], [0.0]], TARGETS, -(math.log(0.75) + math.log(0.5)) / 2
    ),
}  # fmt: skip


@pytest.mark.parametrize("framework", ["torch", "jax"])
@pytest.mark.parametrize("name", ALIASES)
def test_a_name_is_its_loss(name: str, framework: str) -> None:
    outputs, targets, wanted = KNOWN[name]
    module = pytest.importorskip(framework)
    array = module.tensor if framework == "torch" else module.numpy.asarray
    for written in (name, name.upper(), *ALIASES[name], f"{name}_loss", f"{name}Loss"):
        loss = named_loss(written, framework)
        assert float(loss(array(outputs), array(targets))) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_classes_are_on_the_last_axis_and_may_be_shares(framework: str) -> None:
    module = pytest.importorskip(framework)
    array = module.tensor if framework == "torch" else module.numpy.asarray
    loss = named_loss("cross_entropy", framework)
    wanted = KNOWN["cross_entropy"][2]
    assert float(loss(array([LOGITS]), array([CLASSES]))) == pytest.approx(wanted, rel=1e-5)
    shares = [[0.0, 1.0], [1.0, 0.0]]
    assert float(loss(array(LOGITS), array(shares))) == pytest.approx(wanted, rel=1e-5)


def test_an_unknown_name_is_one_line_with_what_is_allowed() -> None:
    with pytest.raises(ConfigError, match=r"^loss must be one of mse, mae, .*got 'mze'\. Did you"):
        named_loss("mze", "torch")
    with pytest.raises(ConfigError, match="cross_entropy takes logits"):
        named_loss("sparse_categorical_crossentropy", "jax")
    assert named_loss(len, "torch") is len
    assert named_loss(None, "torch") is None


def test_keras_knows_its_own_names() -> None:
    pytest.importorskip("keras")
    assert named_loss("sparse_categorical_crossentropy", "keras").startswith("sparse")
    with pytest.raises(ConfigError, match="the name of a loss of Keras, such as mse"):
        named_loss("mze", "keras")


def test_the_verbs_take_names() -> None:
    torch = pytest.importorskip("torch")

    class Lag2(torch.nn.Module):
        def forward(self, x):
            return x[:, -3]

    series = np.random.default_rng(0).normal(size=(404, 1)).astype("float32")
    x = np.stack([series[first : first + 4] for first in range(400)])
    report = echospan.uses(Lag2(), x, x[:, 1], loss="mse")
    assert (report.uses, report.loss) == (3, "MSELoss")
    assert "order-blind" not in echospan.check(Lag2(), x, x[:, 1], loss="mae").codes
    with pytest.raises(ConfigError, match="loss must be one of"):
        echospan.check(Lag2(), x, x[:, 1], loss="none")
    with pytest.raises(ConfigError, match="loss must be one of"):
        echospan.diagnose(Lag2(), x, x[:, 1], loss="none")
