"""The network in the page gives the numbers of our own model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras")

from echospan import serve, widgets
from echospan.engine.values import WEIGHTS, read, to_arrays
from echospan.experiment import Experiment
from echospan.models import Signature
from echospan.models.init import Init
from echospan.store import Run, Store

from .javascript import run as javascript

SYMBOLS = (3, 1, 4, 1, 5, 2, 5, 0, 5, 3, 3, 1)
CASES: dict[str, dict[str, Any]] = {
    "lstm": {"kind": "lstm"},
    "gru": {"kind": "gru"},
    "simple-rnn": {"kind": "simple-rnn"},
    "two layers": {"kind": "lstm", "layers": 2},
    "two gru, embedding": {"kind": "gru", "layers": 2, "input": "embedding", "embedding_size": 3},
    "scaled value": {"kind": "simple-rnn", "input": "scaled", "output": "value"},
    "masked": {"kind": "gru", "masking": True, "input": "embedding"},
}
FRAMINGS: dict[str, dict[str, Any]] = {
    "stream": {"kind": "stream"},
    "window": {"kind": "window", "window": 4},
    "missing": {"kind": "window", "window": 5, "keep_missing": True},
}


def stored(folder: Path, model: dict[str, Any], framing: dict[str, Any]) -> Run:
    """A finished run whose weights were drawn, biases too."""
    settings = {
        "name": "drawn", "task": {"kind": "echo", "symbols": 6, "length": 12, "lag": 1},
        "framing": framing, "model": {"units": 5, **model},
    }  # fmt: skip
    experiment = Experiment.from_dict(settings)
    outputs = experiment.framing.outputs
    steps = framing.get("window", 12)
    signature = Signature(symbols=6, timesteps=steps, outputs=outputs, target_steps=12)
    made = experiment.model.build(signature, Init(0))
    draw = np.random.default_rng(len(str(model)))
    for weight in made.trainable_variables:
        weight.assign(draw.normal(size=weight.shape) * 0.7)
    run = Store(folder).create(
        recipe="drawn", config=experiment.to_dict(), fingerprint="f00d", seed=0
    )
    run.save_json("signature", json.loads(json.dumps(vars(signature))))
    run.save_weights(to_arrays(made, read(made), WEIGHTS))
    run.finish({"inputs": [1, 2, 3], "predicted": [0, 1, 2]})
    return run


@pytest.mark.slow
@pytest.mark.parametrize("framing", FRAMINGS)
def test_each_network_of_the_page_agrees_with_ours(framing: str, tmp_path: Path) -> None:
    runs = [stored(tmp_path / "store", model, FRAMINGS[framing]) for model in CASES.values()]
    given = [widgets.state_data(run, SYMBOLS) for run in runs]
    assert all(one["network"] for one in given)
    folder = tmp_path / "js"
    folder.mkdir()
    call = "given.map((one) => network.networkOf(one.network).run(one.numbers))"
    for run, steps in zip(runs, javascript(call, given, folder), strict=True):
        trained = serve.load(run)
        wanted, hidden = ours(trained)
        np.testing.assert_allclose([one["outputs"] for one in steps], wanted, atol=1e-5)
        np.testing.assert_allclose([one["hidden"] for one in steps], hidden, atol=1e-5)
        answers = list(serve.answers(trained, np.array(SYMBOLS, "int32")))
        assert [one["answer"] for one in steps] == answers
        if trained.experiment.model.kind == "lstm":
            cells = np.array([one["cell"] for one in steps])
            gate = np.array([one["gates"]["output"] for one in steps])
            np.testing.assert_allclose(gate * np.tanh(cells), hidden, atol=1e-5)
        for one in steps:
            if one["probabilities"]:
                assert abs(sum(one["probabilities"]) - 1) < 1e-9
                assert one["confidence"] == max(one["probabilities"])


def ours(trained: serve.Trained) -> tuple[np.ndarray, np.ndarray]:
    """Outputs and the first layer's state after each value, by Keras."""
    import keras

    model, size = trained.model, trained.signature.timesteps
    layer = next(one for one in model.layers if isinstance(one, keras.layers.RNN))
    inner = keras.Model(model.input, layer.input)
    positions = trained.experiment.framing.serving(len(SYMBOLS))
    if positions is None:
        samples = np.array(SYMBOLS)[None]
    else:
        # The picture shows windows that are not full yet, too.
        positions = np.arange(len(SYMBOLS))[:, None] + np.arange(1 - size, 1)
        samples = np.where(positions < 0, -1, np.array(SYMBOLS)[np.maximum(positions, 0)])
    encoded = np.asarray(trained.inputs.encode(samples, 6, np))
    outputs = np.asarray(model(encoded))
    given = inner(encoded)
    # With masking a layer has the mask as a second input.
    given, mask = given if isinstance(given, list) else (given, None)
    states = np.asarray(keras.layers.RNN(layer.cell, return_sequences=True)(given, mask=mask))
    if positions is None:
        return outputs[0], states[0]
    return outputs, states[:, -1]


def test_other_models_show_recorded_steps(tmp_path: Path) -> None:
    run = stored(tmp_path, {"kind": "gru", "units": 250}, FRAMINGS["stream"])
    data = widgets.state_data(run)
    # Its 190,000 weights are more than travel into a page.
    assert data["network"] is None
    assert [(one["input"], one["answer"]) for one in data["steps"]] == [(1, 0), (2, 1), (3, 2)]
    assert widgets.state_data(run, live=True)["live"]
    own = {"input": 1, "answer": 2, "confidence": 0.5, "hidden": [0.1], "cell": None}
    assert widgets.state_data(run, steps=[own])["steps"] == [own]
