"""Data and small models that the valid calls have in common."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

X = np.random.default_rng(0).normal(size=(4, 3, 1)).astype("float32")
Y = X[:, 0]
SERIES = np.random.default_rng(1).normal(size=(40, 5, 1)).astype("float32")

SETTINGS = {"task.symbols": 2, "task.length": 4, "training.epochs": 1, "model.units": 2}

EXPERIMENT = {
    "task": {"kind": "echo", "lag": 1, "symbols": 2, "length": 4},
    "framing": {"kind": "stream"},
    "model": {"kind": "gru", "units": 2},
}


@functools.cache
def keras_model() -> Any:
    """A compiled Keras model (batch, 3, 1) -> (batch, 1)."""
    import keras

    model = keras.Sequential([keras.Input((3, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


@functools.cache
def torch_module() -> Any:
    """A torch module (batch, time, 1) -> (batch, 1)."""
    import torch

    class Last(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.memory = torch.nn.GRU(1, 2, batch_first=True)
            self.readout = torch.nn.Linear(2, 1)

        def forward(self, x: Any) -> Any:
            return self.readout(self.memory(x)[0][:, -1])

    return Last()


@functools.cache
def streaming_model(features: int = 1) -> Any:
    """A Keras model (batch, time, features) -> (batch, time, 2)."""
    import keras

    return keras.Sequential(
        [keras.Input((None, features)), keras.layers.GRU(2, return_sequences=True)]
    )


class Summed:
    """The three methods that `conform` asks for: sums of all inputs (batch, time, 2) to date."""

    def inputs(self, batch: int, time: int, seed: int) -> np.ndarray:
        return np.random.default_rng(seed).normal(size=(batch, time, 2))

    def whole(self, x: np.ndarray) -> np.ndarray:
        return self.run(x, None)[0]

    def run(self, x: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        y = np.cumsum(x, 1) + (0.0 if state is None else state)
        return y, y[:, -1:]
