"""Trained models of all frameworks, and models that nobody here wrote."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import echospan

pytest.importorskip("torch")

from usage import models

pytestmark = pytest.mark.slow

SYMBOLS, LAG = 6, 3
TESTS = Path(__file__).resolve().parent.parent
TRAINERS = TESTS.parent / "benchmarks" / ".envs" / "trainers" / "bin" / "python"


def echo(count, steps, seed):
    """One-hot symbols, and the symbol of some steps ago at each of them."""
    drawn = np.random.default_rng(seed).integers(0, SYMBOLS, (count, steps + LAG))
    return np.eye(SYMBOLS, dtype="float32")[drawn[:, LAG:]], drawn[:, :-LAG]


def by_ablation(report):
    return {each.name: each.uses for each in report.ablations}


def test_a_keras_lstm_that_learned_an_echo():
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((None, SYMBOLS)),
            keras.layers.LSTM(32, return_sequences=True),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(SYMBOLS),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    x, y = echo(1024, 16, 0)
    with pytest.raises(echospan.DataError, match="at chance"):
        echospan.uses(model, *echo(300, 16, 1), windows=256)
    model.fit(x, y, epochs=25, batch_size=64, verbose=0)
    report = echospan.uses(model, *echo(300, 16, 1), donors=4)
    assert set(by_ablation(report).values()) == {LAG + 1}
    assert report.uses_interval == (LAG + 1, LAG + 1)
    assert report.constant_loss == pytest.approx(np.log(SYMBOLS), abs=0.05)


def test_an_lstm_of_fixed_length_on_an_ar2():
    import keras

    keras.utils.set_random_seed(0)
    x, y = models.windows(models.series((0.6, 0.3), 20_000, 0), 16, 4000)
    held = models.windows(models.series((0.6, 0.3), 20_000, 1), 16, 1024)
    model = keras.Sequential([keras.Input((16, 1)), keras.layers.LSTM(16), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(x, y, epochs=12, verbose=0)
    report = echospan.uses(model, *held, donors=4)
    assert 1 <= report.uses <= 3
    assert report.uses_interval[0] <= 2 <= report.uses_interval[1]
    assert 1 <= report.warm_up <= 4
    assert report.full_loss < 1.25


def test_a_jax_pair_with_the_weights_that_init_returns():
    jnp = pytest.importorskip("jax.numpy")
    weights = np.zeros(12, "float32")
    weights[[0, 4]] = 0.7, 0.5

    def apply(params, x):
        newest = x[:, ::-1, 0][:, : len(weights)]
        return (newest @ params["w"][: newest.shape[1]])[:, None]

    x = np.random.default_rng(0).normal(size=(300, 20, 1)).astype("float32")
    y = (x[:, ::-1, 0][:, :12] @ weights)[:, None]
    report = echospan.uses(
        (lambda key: {"w": jnp.asarray(weights)}, apply), x, y,
        loss=lambda out, target: ((out - target) ** 2).mean(),
    )  # fmt: skip
    assert set(by_ablation(report).values()) == {5}
    assert report.framework == "jax"


def test_a_torch_gru_on_a_chain_of_two_symbols():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    table = rng.dirichlet([0.3] * 3, size=9)
    drawn = np.zeros((1800, 34), int)
    for step in range(2, 34):
        at = table[3 * drawn[:, step - 2] + drawn[:, step - 1]].cumsum(1)
        drawn[:, step] = (rng.uniform(size=(1800, 1)) > at).sum(1).clip(0, 2)

    class Chain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = torch.nn.Embedding(3, 8)
            self.gru = torch.nn.GRU(8, 24, batch_first=True)
            self.out = torch.nn.Linear(24, 3)

        def forward(self, x, state=None):
            hidden, state = self.gru(self.embedding(x), state)
            return self.out(hidden), state

    def loss(outputs, targets):
        return torch.nn.functional.cross_entropy(outputs.flatten(0, 1), targets.flatten())

    model = Chain()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    train = torch.tensor(drawn[:1200])
    for _ in range(120):
        batch = train[torch.randint(0, len(train), (64,))]
        optimizer.zero_grad()
        loss(model(batch[:, :-1])[0], batch[:, 1:]).backward()
        optimizer.step()
    held = drawn[1200:]
    report = echospan.uses(model, held[:, :-1], held[:, 1:], loss=loss)
    assert 2 <= report.uses <= 3
    assert report.uses_interval[0] <= 2 <= report.uses_interval[1]
    assert report["restart"].uses in (2, 3)


def test_torch_modules_that_nobody_here_wrote():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).normal(size=(200, 24, 4)).astype("float32")
    torch.manual_seed(0)
    encoder = torch.nn.TransformerEncoder(
        torch.nn.TransformerEncoderLayer(4, 2, 16, batch_first=True), 1
    ).eval()
    for model in (torch.nn.LSTM(4, 4, batch_first=True), encoder):
        with torch.no_grad():
            outputs = model(torch.tensor(x))
        y = (outputs[0] if isinstance(outputs, tuple) else outputs).numpy()
        report = echospan.uses(model, x, y, loss=torch.nn.MSELoss(), donors=2)
        assert 1 <= report.uses <= 24
        assert report.full_loss < 1e-6


def test_a_keras_encoder_decoder_with_two_inputs():
    import keras

    keras.utils.set_random_seed(0)
    encoder_inputs = keras.Input((None, 3), name="encoder")
    _, h, c = keras.layers.LSTM(16, return_state=True)(encoder_inputs)
    decoder_inputs = keras.Input((None, 3), name="decoder")
    out = keras.layers.LSTM(16, return_sequences=True)(decoder_inputs, initial_state=[h, c])
    out = keras.layers.Dense(3, activation="softmax")(out)
    model = keras.Model([encoder_inputs, decoder_inputs], out)
    model.compile(keras.optimizers.Adam(0.02), "categorical_crossentropy")
    rng = np.random.default_rng(0)
    first = np.eye(3, dtype="float32")[rng.integers(0, 3, (900, 9))]
    # Two symbols back from the last, said twice.
    answer = np.stack([first[:, -2], first[:, -2]], 1)
    start = np.zeros((900, 2, 3), "float32")
    model.fit([first[:600], start[:600]], answer[:600], epochs=25, verbose=0)
    report = echospan.uses(model, [first[600:], start[600:]], answer[600:], donors=4)
    assert report.uses == 2
    assert report.window == 9
    assert any(note.startswith("x[1]: kept as given") for note in report.notes)


def test_keras_on_another_backend_gives_the_same():
    pytest.importorskip("torch")
    code = (
        "import numpy as np, keras, echospan\n"
        "x = np.random.default_rng(0).normal(size=(200, 10, 1)).astype('float32')\n"
        "model = keras.Sequential([keras.Input((10, 1)), keras.layers.Flatten(),"
        " keras.layers.Dense(1, use_bias=False)])\n"
        "model.set_weights([np.eye(10, dtype='float32')[:, 6:7]])\n"
        "model.compile('adam', 'mse')\n"
        "report = echospan.uses(model, x, x[:, 6])\n"
        "assert keras.backend.backend() == 'torch'\n"
        "print(report.uses, report.uses_interval)\n"
    )
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == "4 (4, 4)", done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not TRAINERS.exists(), reason="make slow makes the environment")
def test_a_language_model_of_transformers_before_and_after_training(tmp_path):
    done = subprocess.run(
        [str(TRAINERS), str(TESTS / "usage" / "on_transformers.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(TESTS.parent / "src"), "HF_HUB_OFFLINE": "1"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "as expected" in done.stdout
