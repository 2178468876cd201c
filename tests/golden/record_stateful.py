"""Record ``stateful.json``: small stateful models trained by Keras ``fit`` on TensorFlow.

TensorFlow is the backend on which ``stateful=True`` carries state from update to update (Keras
3.15.1 on JAX leaves it at zero), so it says what Keras means by it. Run it in an environment with
tensorflow-cpu 2.21.0, Keras 3.15.1 and NumPy 2.4.6, which ``make bench`` can make::

    make bench ARGS=--list
    benchmarks/.envs/tensorflow/bin/python tests/golden/record_stateful.py

It trains as the tutorial does: one ``fit(epochs=1, shuffle=False)`` an epoch, ``reset_state()`` on
the recurrent layers after it. Weights, inputs and targets are drawn by NumPy from fixed seeds and
written to the file, so the tests need neither TensorFlow nor NumPy's generator to rebuild them.
Everything is float32 on the CPU, without XLA and oneDNN. ``load.py`` describes the keys.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
from pathlib import Path
from typing import Any

# Read when TensorFlow is first imported, so set before anything imports Keras. oneDNN picks other
# kernels on other processors; without it the numbers depend less on the machine.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import load
import numpy as np

FEATURES = 4
BATCHES = 4
MASK_VALUE = -1.0

SETTINGS: list[dict[str, Any]] = [
    {
        "name": "lstm-steps-sgd",
        "note": "one time step a sample: the memory of the sample before is the carried state",
        "layers": [{"kind": "LSTM", "units": 5}],
        "timesteps": 1,
        "optimizer": {"name": "sgd", "learning_rate": 0.5},
    },
    {
        "name": "lstm-windows-adam",
        "note": "three time steps a sample, Adam",
        "layers": [{"kind": "LSTM", "units": 5}],
        "timesteps": 3,
        "optimizer": {"name": "adam", "learning_rate": 0.02},
    },
    {
        "name": "gru-windows-adam",
        "note": "GRU with reset_after=True (Keras's default), real-valued inputs",
        "layers": [{"kind": "GRU", "units": 5}],
        "timesteps": 2,
        "inputs": "normal",
        "optimizer": {"name": "adam", "learning_rate": 0.02},
    },
    {
        "name": "lstm-stacked-sgd",
        "note": "two stateful layers, each with its own carried state",
        "layers": [{"kind": "LSTM", "units": 4}, {"kind": "LSTM", "units": 3}],
        "timesteps": 2,
        "optimizer": {"name": "sgd", "learning_rate": 0.5},
    },
    {
        "name": "simple-rnn-never-reset",
        "note": "state carried from the end of an epoch into the next one",
        "layers": [{"kind": "SimpleRNN", "units": 5}],
        "timesteps": 2,
        "optimizer": {"name": "sgd", "learning_rate": 0.2},
        "reset": "never",
    },
    {
        "name": "lstm-masked-sgd",
        "note": (
            "masked steps at the start, in the middle and at the end of a sample; none masked "
            "throughout, where Keras's backends differ (TensorFlow answers from zeros, JAX from "
            "the carried state)"
        ),
        "layers": [{"kind": "LSTM", "units": 5}],
        "timesteps": 3,
        "masked": [[0, 0], [1, 1], [3, 0], [3, 1], [5, 2], [6, 1]],
        "optimizer": {"name": "sgd", "learning_rate": 0.5},
    },
]


def draw(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """A case without its results: inputs, targets and initial weights from ``seed``.

    Inputs are one-hot symbols 0..3 of one running sequence (or normal draws). The target of a
    sample is the symbol ``batch_size`` samples before, which only the carried state knows.
    """
    rng = np.random.default_rng(seed)
    batch_size, timesteps = 2, settings["timesteps"]
    samples = BATCHES * batch_size
    symbols = rng.integers(FEATURES, size=(samples, timesteps))
    if settings.get("inputs") == "normal":
        x = rng.normal(size=(samples, timesteps, FEATURES)).astype(np.float32)
    else:
        x = np.eye(FEATURES, dtype=np.float32)[symbols]
    for sample, step in settings.get("masked", []):
        x[sample, step] = MASK_VALUE
    y = np.eye(FEATURES, dtype=np.float32)[np.roll(symbols[:, -1], batch_size)]
    return {
        "name": settings["name"],
        "note": settings["note"],
        "seed": seed,
        "layers": settings["layers"],
        "mask_value": MASK_VALUE if "masked" in settings else None,
        "optimizer": settings["optimizer"],
        "batch_size": batch_size,
        "epochs": 3,
        "reset": settings.get("reset", "epoch"),
        "x": x,
        "y": y,
        "initial": initial_weights(settings["layers"], rng),
    }


def initial_weights(layers: list[dict[str, Any]], rng: np.random.Generator) -> list[np.ndarray]:
    """Weights in Keras's order, none of them zero, large enough for the state to matter."""
    weights: list[np.ndarray] = []
    width = FEATURES
    for layer in layers:
        units = layer["units"]
        gates = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}[layer["kind"]]
        bias_shape = (2, gates * units) if layer["kind"] == "GRU" else (gates * units,)
        weights.append(rng.uniform(-1.5, 1.5, size=(width, gates * units)))
        weights.append(rng.uniform(-1.5, 1.5, size=(units, gates * units)))
        weights.append(rng.uniform(-0.5, 0.5, size=bias_shape))
        width = units
    weights.append(rng.uniform(-1.5, 1.5, size=(width, FEATURES)))
    weights.append(rng.uniform(-0.5, 0.5, size=FEATURES))
    return [weight.astype(np.float32) for weight in weights]


def train(model: Any, case: dict[str, Any]) -> np.ndarray:
    """Fit as the tutorial does; the loss of each epoch. The last epoch's states are left there."""
    losses = []
    for epoch in range(case["epochs"]):
        if epoch and case["reset"] == "epoch":
            load.reset_states(model)
        history = model.fit(
            case["x"],
            case["y"],
            batch_size=case["batch_size"],
            epochs=1,
            shuffle=False,
            verbose=0,
        )
        losses.append(history.history["loss"][0])
    return np.asarray(losses, dtype=np.float32)


def record(case: dict[str, Any]) -> dict[str, Any]:
    """The case with its results.

    Raises:
        RuntimeError: losing the state would leave the losses as they are, so the case shows
            nothing.
    """
    model = load.build(case, jit_compile=False)
    results: dict[str, Any] = {"loss": train(model, case), "final": load.trainable_weights(model)}
    results["states"] = load.states(model)
    load.reset_states(model)
    for key in ("predictions", "predictions_continued"):
        results[key] = model.predict(case["x"], batch_size=case["batch_size"], verbose=0)
    results["states_predicted"] = load.states(model)
    stateless = load.build(case, stateful=False, jit_compile=False)
    results["loss_without_carry"] = train(stateless, case)
    difference = np.abs(np.subtract(results["loss"], results["loss_without_carry"])).max()
    if difference < 1e-2:
        raise RuntimeError(f"{case['name']}: losing the state moves the loss by {difference} only.")
    return {**case, **results}


def plain(value: Any) -> Any:
    """``value`` as JSON holds it, each float32 as the shortest decimal that reads back the same."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray):
        if value.ndim:
            return [plain(each) for each in value]
        return plain(value[()])
    if isinstance(value, np.floating):
        shortest = float(str(np.float32(value)))
        if np.float32(shortest) != np.float32(value):
            raise RuntimeError(f"{value!r} does not survive as {shortest!r}.")
        return shortest
    return value


def header() -> dict[str, Any]:
    """What the numbers were recorded with."""
    import keras
    import tensorflow as tf

    return {
        "script": Path(__file__).name,
        "date": datetime.date.today().isoformat(),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
        "machine": platform.machine(),
        "settings": {
            "backend": keras.backend.backend(),
            "dtype": keras.config.floatx(),
            "device": "cpu",
            "jit_compile": False,
            "run_eagerly": False,
            "onednn": False,
        },
    }


def main() -> None:
    recorded = [record(draw(settings, seed)) for seed, settings in enumerate(SETTINGS)]
    document = {"header": header(), "cases": plain(recorded)}
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    # One case a line, so that a change of one case is one line of a diff.
    text = text.replace(',"cases":[', ',\n"cases":[\n').replace(',{"name":"', ',\n{"name":"')
    load.PATH.write_text(text + "\n", encoding="utf-8")
    print(f"{load.PATH.name}: {len(recorded)} cases, {len(text)} bytes")


if __name__ == "__main__":
    main()
