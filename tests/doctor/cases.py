"""Arrays and small models that several tests of the doctor share."""

from __future__ import annotations

from typing import Any

import numpy as np


def mistake(symbols: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """24 samples of one step, the target is the value before: the tutorial's own framing."""
    values = np.random.default_rng(0).integers(0, symbols, 25)
    return np.eye(symbols, dtype="float32")[values[1:], None], np.eye(symbols)[values[:-1]]


def stateful_lstm(keras: Any, rows: int, steps: int | None, symbols: int, units: int = 8) -> Any:
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(rows, steps, symbols)),
            keras.layers.LSTM(units, stateful=True),
            keras.layers.Dense(symbols, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model
