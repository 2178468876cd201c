"""`echospan uses`: what it hands on, prints and ends with. What it measures has its own tests."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import echospan
from echospan.report.memory_objects import UsesReport
from report.usages import found

NO_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="no torch")

OWN = """
import os
import signal

import numpy as np
import torch

x = np.random.default_rng(0).normal(size=(300, 24, 1)).astype("float32")


class Delay(torch.nn.Module):
    def forward(self, x):
        return torch.nn.functional.pad(x, (0, 0, 4, 0))[:, : x.shape[1]]


class Interrupted(Delay):
    calls = 0

    def forward(self, x):
        # Not while the copy is made and the full context is run.
        Interrupted.calls += 1
        if Interrupted.calls == 40:
            os.kill(os.getpid(), signal.SIGINT)
        return super().forward(x)


def delayed(x):
    return np.concatenate([np.zeros_like(x[:, :4]), x], 1)[:, : x.shape[1]]


def arguments():
    return {
        "model": Delay(), "x": x, "y": delayed(x), "loss": torch.nn.MSELoss(), "batch_size": 16,
        "shuffle": False,
    }


def validated():
    noise = np.random.default_rng(1).normal(size=x.shape).astype("float32")
    return {**arguments(), "y": noise, "validation_data": (x, delayed(x))}


def untrained():
    return {**arguments(), "y": np.random.default_rng(1).normal(size=x.shape)}


def wide():
    return {**arguments(), "model": torch.nn.Linear(3, 1)}


def one_class():
    given = {**arguments(), "model": torch.nn.Linear(1, 4), "loss": "cross_entropy"}
    return {**given, "y": np.ones(x.shape[:2], int)}


def misnamed():
    return {**arguments(), "loss": "mze"}


def interrupted():
    return {**arguments(), "model": Interrupted()}


def unknown():
    return {**arguments(), "validation": 3}


def broken():
    raise RuntimeError("no such thing")
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own.py").write_text(OWN, "utf-8")


@pytest.fixture
def given(monkeypatch):
    """What `echospan.uses` was called with; it returns `given["report"]`."""
    called: dict[str, Any] = {"report": found()}

    def uses(model, x, y, *, observer, stop, **settings):
        called.update(model=model, x=x, y=y, settings=settings)
        return called["report"]

    # Not by setattr, which would import the measurement first.
    monkeypatch.setitem(vars(echospan), "uses", uses)
    return called


@NO_TORCH
def test_a_function_and_json_with_the_names_of_the_issue(shell, own):
    said = shell("uses", "own.py:arguments", "--json", "--donors", "4")
    assert said.code == 0
    assert said.out.count("\n") == 1
    told = json.loads(said.out)
    assert (told["uses"], told["uses_interval"], told["gain_95"]) == (5, [5, 5], 5)
    assert (told["answers_change_up_to"], told["warm_up"]) == (5, 5)
    assert told["older_steps_hurt"] is None
    assert set(told["curves"]) == {"average", "restart", "shuffle"}
    assert told["donors"] == 4
    assert UsesReport.from_dict(told).uses == 5


@NO_TORCH
def test_held_out_data_are_preferred_and_said(shell, own):
    said = shell("uses", "own.py:validated", "--json")
    assert json.loads(said.out)["uses"] == 5
    assert said.err == "Measured on validation_data.\n"


@NO_TORCH
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("own.py:untrained",), "The model is at chance"),
        (("own.py:wide",), "model must be one that can be run on x"),
        (("own.py:one_class",), "y holds a single class, 1"),
        (("own.py:misnamed",), "loss must be one of mse, mae, huber"),
        (("own.py:unknown",), "validation must be left out"),
        (("own.py:broken",), "failed with RuntimeError: no such thing"),
        (("own.py:nothing",), "own.py"),
        (("nowhere.py:arguments",), "nowhere.py"),
        (("own.py:arguments", "--window", "25"), "window=25 is longer than the data, 24 steps"),
        (("own.py:arguments", "--margin", "2"), "--margin must be"),
        (("own.py:arguments", "-o", "found.doc"), "--output must be a file name ending in"),
    ],
)
def test_what_cannot_be_measured_is_one_line(shell, own, words, says):
    assert says in shell.refused("uses", *words)


def test_bad_use_is_one_line(shell, given, tmp_path):
    assert "FILE.py:FUNCTION must be given" in shell.refused("uses")
    assert "--data must be given together" in shell.refused("uses", "--model", "m.keras")
    assert "--model must be given together" in shell.refused("uses", "--data", "d.npz")
    assert "model" not in given


@pytest.mark.skipif(find_spec("transformers") is None, reason="no transformers")
def test_a_folder_without_a_model_is_one_line(shell, tmp_path):
    (tmp_path / "text.txt").write_text("abc " * 100, "utf-8")
    told = shell.refused("uses", "--model", "hf:nowhere", "--data", "text.txt")
    assert "--model must be hf: and a local folder" in told
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "pytorch_model.bin").write_bytes(b"x")
    told = shell.refused("uses", "--model", "hf:folder", "--data", "text.txt")
    assert "with weights as .safetensors" in told


@NO_TORCH
def test_options_are_handed_on_and_files_are_written(shell, own, given):
    said = shell(
        *("uses", "own.py:arguments", "--stride", "3", "--window", "8", "--windows", "99"),
        *("--donors", "2", "--margin", "0.1", "--padding", "0", "--by", "rarity", "--replace"),
        *("--seed", "7", "-o", "found.json", "-o", "found.md"),
    )
    settings = dict(given["settings"])
    assert type(settings.pop("loss")).__name__ == "MSELoss"
    assert settings == {
        "stride": 3, "window": 8, "windows": 99, "donors": 2, "margin": 0.1, "padding": 0.0,
        "classes": "rarity", "replace": True, "seed": 7,
    }  # fmt: skip
    assert said.out.endswith("found.json\nfound.md\n")
    assert "MyLSTM uses the newest 1 step" in said.out
    shell("uses", "own.py:arguments")
    assert set(given["settings"]) == {"loss"}


@NO_TORCH
def test_an_interrupt_keeps_what_was_measured(shell, own):
    said = shell("uses", "own.py:interrupted", "--json")
    assert said.code == 130
    told = json.loads(said.out)
    assert told["stopped"] is True
    assert told["curves"]
    assert said.err == "Stopped.\n"


@pytest.mark.slow
def test_a_saved_model_and_arrays(shell, tmp_path):
    import keras

    x = np.random.default_rng(0).normal(size=(300, 8, 1)).astype("float32")
    model = keras.Sequential(
        [keras.Input((8, 1)), keras.layers.Flatten(), keras.layers.Dense(1, use_bias=False)]
    )
    model.set_weights([np.eye(8, dtype="float32")[:, 5:6]])
    model.compile("adam", "mse")
    model.save(tmp_path / "m.keras")
    np.savez(tmp_path / "d.npz", x=x, y=x[:, 0], x_val=x, y_val=x[:, 5])
    said = shell("uses", "--model", "m.keras", "--data", "d.npz", "--json")
    told = json.loads(said.out)
    assert (told["uses"], told["warm_up"], told["by"]) == (3, None, "average")


def test_help_imports_no_framework():
    code = (
        "import sys\n"
        "from echospan.cli.main import run\n"
        "assert run(['uses', '--help']) == 0\n"
        "heavy = {'jax', 'keras', 'torch', 'transformers', 'numpy', 'matplotlib'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Example: echospan uses" in done.stdout
