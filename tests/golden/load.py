"""The golden runs of ``stateful.json``: read them, and rebuild their models.

``stateful.json`` was recorded by ``record_stateful.py`` from Keras on TensorFlow, the backend on
which ``stateful=True`` carries state between updates. ``cases()`` needs NumPy alone; ``build()``
imports Keras on whatever backend is set when it is called.

A case is a dict with these keys. Shapes are (samples, timesteps, features) for ``x``, (samples,
classes) for ``y`` and (batch, units) for a state; there are samples / batch_size updates an epoch.

======================== ==========================================================================
name, note               what the case is, and what it is there to catch
layers                   list of ``{"kind": "LSTM", "units": 5}``, first to last
mask_value               number that marks a missing step, or None for no Masking layer
optimizer                ``{"name": "sgd", "learning_rate": ...}``, the rest at Keras's defaults
batch_size, epochs       as given to ``fit``, with shuffle=False
reset                    ``"epoch"``: state zeroed after every epoch; ``"never"``: carried on
x, y                     float32 arrays, the same in every epoch
initial, final           lists of arrays: the trainable weights before and after training, in the
                         order of ``model.trainable_variables``
loss                     (epochs,) mean cross entropy of each epoch, as ``fit`` reports it
states                   list over recurrent layers of lists of arrays: the states after the last
                         update (LSTM: h, c), before any reset
predictions              (samples, classes) of ``predict`` with the final weights from zero state,
                         state carried from batch to batch
predictions_continued    the same, called again at once: it starts from the states left behind
states_predicted         as ``states``, after those two predictions
loss_without_carry       (epochs,) the losses when every update starts from zero state instead:
                         what a backend that loses the state would report
======================== ==========================================================================
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

PATH = Path(__file__).resolve().parent / "stateful.json"

ARRAYS = ("x", "y", "loss", "predictions", "predictions_continued", "loss_without_carry")
LISTS = ("initial", "final")
NESTED = ("states", "states_predicted")


def header() -> dict[str, Any]:
    """Where the numbers come from: script, date, versions, settings."""
    return json.loads(PATH.read_text(encoding="utf-8"))["header"]


def cases() -> list[dict[str, Any]]:
    """Every recorded case, its numbers as float32 arrays."""
    return [_arrays(case) for case in json.loads(PATH.read_text(encoding="utf-8"))["cases"]]


def case(name: str) -> dict[str, Any]:
    """The recorded case of that name.

    Raises:
        KeyError: no case has that name.
    """
    found = {each["name"]: each for each in cases()}
    return found[name]


def build(case: dict[str, Any], *, stateful: bool = True, **compile_options: Any) -> Any:
    """The case's Keras model on the current backend, with its initial weights, compiled.

    Args:
        case: One of ``cases()``; of the results only ``initial`` is read.
        stateful: False gives the same layers without carried state.
        **compile_options: Passed on to ``compile`` (the recorder sets ``jit_compile=False``).
    """
    import keras

    _, timesteps, features = case["x"].shape
    parts = [keras.Input(batch_shape=(case["batch_size"], timesteps, features))]
    if case["mask_value"] is not None:
        parts.append(keras.layers.Masking(case["mask_value"]))
    last = len(case["layers"]) - 1
    for index, layer in enumerate(case["layers"]):
        kind = getattr(keras.layers, layer["kind"])
        parts.append(kind(layer["units"], stateful=stateful, return_sequences=index < last))
    parts.append(keras.layers.Dense(case["y"].shape[1], activation="softmax"))
    model = keras.Sequential(parts)
    for variable, value in zip(model.trainable_variables, case["initial"], strict=True):
        variable.assign(value)
    settings = dict(case["optimizer"])
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[settings.pop("name")]
    model.compile(
        optimizer=optimizer(**settings), loss="categorical_crossentropy", **compile_options
    )
    return model


def recurrent_layers(model: Any) -> list[Any]:
    """The layers of ``model`` that hold state, first to last."""
    return [layer for layer in model.layers if hasattr(layer, "reset_state")]


def reset_states(model: Any) -> None:
    """Set every recurrent layer's state to zero."""
    for layer in recurrent_layers(model):
        layer.reset_state()


def states(model: Any) -> list[list[np.ndarray]]:
    """The states that the recurrent layers' variables hold, as arrays, layer by layer."""
    import keras

    return [
        [keras.ops.convert_to_numpy(state.value) for state in layer.states]
        for layer in recurrent_layers(model)
    ]


def trainable_weights(model: Any) -> list[np.ndarray]:
    """The trainable weights as arrays, in the order of ``initial`` and ``final``."""
    import keras

    return [keras.ops.convert_to_numpy(each.value) for each in model.trainable_variables]


def _arrays(case: dict[str, Any]) -> dict[str, Any]:
    def array(value: Any) -> np.ndarray:
        return np.asarray(value, dtype=np.float32)

    return {
        **case,
        **{key: array(case[key]) for key in ARRAYS},
        **{key: [array(each) for each in case[key]] for key in LISTS},
        **{key: [[array(each) for each in layer] for layer in case[key]] for key in NESTED},
    }
