"""What a check has of the model as its user gave it."""

from __future__ import annotations

import importlib

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.parts import stack

torch = pytest.importorskip("torch")
rng = np.random.default_rng(0)
X = rng.normal(size=(300, 6, 1)).astype("float32")
Y = X[:, 0].copy()


@pytest.fixture
def seen(monkeypatch):
    """The examination of the last check."""
    module, found = importlib.import_module("echospan.doctor.check"), []
    run = module.examine

    def examine(examination, *args):
        found.append(examination)
        return run(examination, *args)

    monkeypatch.setattr(module, "examine", examine)
    return found


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.memory = torch.nn.GRU(1, 4, batch_first=True)
        self.drop, self.head = torch.nn.Dropout(0.5), torch.nn.Linear(4, 1)

    def forward(self, x):
        return self.drop(self.head(self.memory(x)[0][:, -1]))


def test_a_module_with_its_own_weights_in_evaluation_mode(seen):
    model = Net()
    echospan.check(model, X, Y, loss=torch.nn.MSELoss(), batch_size=32)
    given = seen[0].given
    assert list(given.samples) == list(range(256))
    assert (given.rows, given.adapter.precision, given.own) == (32, "float32", True)
    assert model.training
    with torch.no_grad():
        wanted = model.eval()(torch.as_tensor(X[:256])).numpy()
    np.testing.assert_allclose(given.outputs[0], wanted, atol=1e-6)
    others = given.outputs_of(np.arange(299, 200, -1))
    assert len(others[0]) == 96
    assert seen[0].given is given


@pytest.mark.slow
def test_a_keras_model_before_and_after_it_is_built(seen):
    layers = [keras.layers.GRU(4), keras.layers.Dense(1)]
    echospan.check(keras.Sequential(layers), X, Y)
    assert not seen[0].given.own
    model = stack((6, 1), *layers)
    echospan.check(model, X, Y, batch_size=64)
    given = seen[1].given
    assert given.own
    np.testing.assert_allclose(
        given.outputs[0], model.predict(X[:256], verbose=0), rtol=1e-4, atol=1e-5
    )


@pytest.mark.slow
def test_stateful_layers_get_batches_of_their_size(seen):
    model = keras.Sequential(
        [keras.Input(batch_shape=(7, 6, 1)), keras.layers.GRU(3, stateful=True)]
    )
    model.add(keras.layers.Dense(1))
    model.compile(loss="mse")
    echospan.check(model, X[:280], Y[:280], batch_size=7, shuffle=False)
    given = seen[0].given
    assert (given.rows, len(given.samples)) == (7, 7 * 32)
    echospan.check(model, X[:5], Y[:5], batch_size=7, shuffle=False)
    assert seen[1].given is None
    assert any("no full batch of 7" in each for each in seen[1].skipped)


def test_a_model_that_cannot_be_run_has_none(seen):
    class Broken(torch.nn.Module):
        def forward(self, x):
            raise RuntimeError("no")

    echospan.check(Broken(), X, Y)
    assert seen[0].given is None
