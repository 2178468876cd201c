"""Environments in which only a part of the extras is installed: what works, and what is said."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from fresh import Fresh
from without import HEAVY

pytestmark = pytest.mark.slow

NO_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="no torch")

MODEL = """
import numpy as np
import torch


class Net(torch.nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.memory = torch.nn.GRU(inputs, 16, batch_first=True)
        self.readout = torch.nn.Linear(16, outputs)

    def forward(self, x, state=None):
        outputs, state = self.memory(x, state)
        return self.readout(outputs), state


def make(symbols):
    return Net(symbols, symbols)


def numbers(features):
    return Net(features, 1)


def arguments():
    x = np.random.default_rng(0).normal(size=(64, 6, 1)).astype("float32")
    return dict(model=Net(1, 1), x=x, y=x[:, ::-1].copy(), loss=torch.nn.MSELoss())
"""


def test_the_environment_is_what_it_says(core: Fresh) -> None:
    code = f"from importlib.util import find_spec\nprint([n for n in {HEAVY} if find_spec(n)])"
    assert core.run("-c", code).stdout.strip() == "[]"


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Only the core."""
    return Fresh(tmp_path_factory.mktemp("core"))


@pytest.fixture(scope="module")
def on_torch(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """The core and torch."""
    fresh = Fresh(tmp_path_factory.mktemp("torch"), also=("torch",))
    (fresh.folder.parent / "model.py").write_text(MODEL, "utf-8")
    return fresh


@pytest.mark.parametrize(
    "command",
    [
        ("--help",), ("--version",), ("list",), ("list", "models"), ("show", "mistake"),
        ("explain", "state-row-mismatch"), ("runs", "list"), ("doctor-env",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_the_core_alone(core: Fresh, command: tuple[str, ...]) -> None:
    done = core.run("-m", "echospan", *command)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        (("run", "window"), "jax"),
        (("span", "lstm", "--lags", "0"), "jax"),
        (("tour",), "jax"),
        (("span", "lstm", "-o", "a.png"), "figures"),
        (("span", "lstm", "-o", "a.csv"), "data"),
    ],
)
def test_what_the_core_lacks_is_one_sentence(core: Fresh, command: tuple[str, ...], extra) -> None:
    done = core.run("-m", "echospan", *command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.endswith(f"pip install 'echospan[{extra}]'\n")
    assert done.stderr.count("\n") == 1


@NO_TORCH
def test_a_check_of_a_torch_module(on_torch: Fresh) -> None:
    done = on_torch.run("-m", "echospan", "check", "model.py:arguments", "--json")
    assert done.returncode == 0, done.stderr
    assert [lag["lag"] for lag in json.loads(done.stdout)["reach"] if lag["forward"]]
    card = (
        "import model, echospan\n"
        "report = echospan.check(**model.arguments())\n"
        "html = report._repr_html_()\n"
        "assert 'Reach map' in html and html.count('echospan[figures]') == 1\n"
        "report.save('check.html')\n"
    )
    done = on_torch.run("-c", card)
    assert done.returncode == 0, done.stderr


@NO_TORCH
def test_the_span_of_a_torch_module_is_the_same_as_with_jax_and_keras(on_torch: Fresh) -> None:
    command = ("-m", "echospan", "span", "model.py:make", *FEW)
    done = on_torch.run(*command)
    assert done.returncode == 0, done.stderr
    alone = json.loads(done.stdout)
    assert (alone["framework"], len(alone["per_lag"])) == ("torch", 1)
    assert alone["updates"] > 0
    assert with_all(on_torch, command) == {**alone, "seconds": None}


@NO_TORCH
def test_the_span_of_a_torch_module_on_a_task_of_numbers(on_torch: Fresh) -> None:
    done = on_torch.run(
        "-m", "echospan", "span", "model.py:numbers", "--task", "continuous-echo", *FEW
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scored_as"] == "R2"


FEW = ("--lags", "0", "--seeds", "1", "--budget", "100 updates", "--json")


def with_all(on_torch: Fresh, command: tuple[str, ...]) -> dict[str, object]:
    """The same in this environment, which has JAX and Keras, without how long it took."""
    import os
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, *command],
        cwd=on_torch.folder.parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    return {**json.loads(done.stdout), "seconds": None}


ON_TORCH = """
import keras
import numpy as np
import echospan

assert keras.backend.backend() == "torch"
x = np.random.default_rng(0).normal(size=(64, 6, 1)).astype("float32")
model = keras.Sequential([keras.Input((6, 1)), keras.layers.LSTM(4), keras.layers.Dense(1)])
model.compile("adam", "mse")
report = echospan.check(model, x, x[:, 0])
assert report.needs_lag.lag == 5 and not report.skipped, report
for call in (lambda: echospan.fit(model, x, x[:, 0]), lambda: echospan.span(lambda k: model)):
    try:
        call()
    except echospan.MissingExtra as error:
        print(error)
"""


@NO_TORCH
def test_a_keras_model_on_torch_is_checked_without_jax(tmp_path: Path) -> None:
    done = Fresh(tmp_path, also=("keras", "torch")).run("-c", f"import echospan\n{ON_TORCH}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("needs jax and scipy") == 2
    assert done.stdout.count("pip install 'echospan[jax]'") == 2


PAIR = """
import jax
import jax.numpy as jnp
import numpy as np
import echospan


def init(key):
    return jax.random.normal(key, (3, 1))


def apply(weights, x):
    return jnp.concatenate([x[:, -1], x[:, -2], x[:, 0]], axis=1) @ weights


x = np.random.default_rng(0).normal(size=(64, 6, 1)).astype("float32")
report = echospan.check((init, apply), x, x[:, 0] ** 2)
assert [lag.lag for lag in report.reach if lag.forward] == [0, 1, 5], report
"""


def test_two_jax_functions_are_checked_without_keras(tmp_path: Path) -> None:
    done = Fresh(tmp_path, also=("jax",)).run("-c", PAIR)
    assert done.returncode == 0, done.stderr
