"""The models that smoke.py hands to `echospan check` and `echospan span`.

Each pair differs in one point: the first swaps batch and time, the second doesn't.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _arrays() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 8, 2)).astype("float32")
    return {"x": x, "y": x[:, -2, :1], "batch_size": 8}


def _keras(*, swapped: bool) -> Any:
    import keras

    inputs = keras.Input(batch_shape=(8, 8, 2))
    steps = keras.ops.transpose(inputs, (1, 0, 2)) if swapped else inputs
    outputs = keras.layers.Dense(1)(keras.layers.LSTM(8)(steps))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.01), loss="mse")
    return model


def keras_swapped() -> dict[str, Any]:
    """A Keras model with batch and time swapped."""
    return {"model": _keras(swapped=True), **_arrays()}


def keras_sound() -> dict[str, Any]:
    """The same model without the swap."""
    return {"model": _keras(swapped=False), **_arrays()}


def _torch(features: int, width: int, *, swapped: bool, last: bool) -> Any:
    import torch

    class Memory(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        """A GRU and a linear layer."""

        def __init__(self) -> None:
            super().__init__()
            self.memory = torch.nn.GRU(features, 16, batch_first=not swapped)
            self.answer = torch.nn.Linear(16, width)

        def forward(self, x: Any) -> Any:
            """Outputs (batch, width), or of each step."""
            steps = self.memory(x)[0]
            return self.answer(steps[:, -1] if last else steps)

    return Memory()


def torch_swapped() -> dict[str, Any]:
    """A torch module without `batch_first`."""
    return {"model": _torch(2, 1, swapped=True, last=True), **_arrays()}


def torch_sound() -> dict[str, Any]:
    """The same module with `batch_first`."""
    return {"model": _torch(2, 1, swapped=False, last=True), **_arrays()}


def torch_memory(symbols: int) -> Any:
    """A torch module whose span is measured."""
    return _torch(symbols, symbols, swapped=False, last=False)
