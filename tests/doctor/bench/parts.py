"""Series, windows and small models that the cases are put together from."""

from __future__ import annotations

from typing import Any

import numpy as np

WIDTH = 4
"""Units of every layer."""


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    """Independent normal numbers."""
    return np.random.default_rng(seed).normal(size=shape)


def symbols(*shape: int, number: int = 12, seed: int = 0) -> np.ndarray:
    """Independent symbols."""
    return np.random.default_rng(seed).integers(0, number, shape)


def hot(values: np.ndarray, number: int = 12) -> np.ndarray:
    """One-hot vectors."""
    return np.eye(number, dtype="float32")[values]


def windows(series: np.ndarray, steps: int) -> np.ndarray:
    """Windows (samples, steps, 1) moved on by one step."""
    return np.lib.stride_tricks.sliding_window_view(series, steps)[:, :, None].copy()


def echo(steps: int, lag: int, *, length: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """Windows of a series of numbers, and the value `lag` steps before the newest."""
    series = noise(length)
    x = windows(series, steps)
    newest = np.arange(steps - 1, length)
    keep = newest >= lag
    return x[keep], series[newest[keep] - lag, None]


def steps_of(rows: int, length: int, lag: int, number: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """One sample a step, `rows` streams laid out row by row."""
    values = symbols(rows, length + lag, number=number)
    x, y = values[:, lag:], values[:, :length]
    return hot(x.T.reshape(-1), number)[:, None], y.T.reshape(-1)


def in_order(samples: int, lag: int, number: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """One sample a step, one series in order of time."""
    values = symbols(samples + lag, number=number)
    return hot(values[lag:], number)[:, None], values[:samples]


def align(x: np.ndarray, y: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The same samples, one stream per row."""
    order = np.arange(len(x) // rows * rows).reshape(rows, -1).T.ravel()
    return x[order], y[order]


def padded(
    *, front: bool, value: float = 0.0, samples: int = 48, steps: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Samples of 3 to 7 real steps, filled up; the target is their sum."""
    rng = np.random.default_rng(1)
    x = np.full((samples, steps, 1), value)
    y = np.zeros((samples, 1))
    for row, length in enumerate(rng.integers(3, steps, samples)):
        real = rng.normal(size=(length, 1))
        x[row, steps - length :] if front else x[row, :length]
        if front:
            x[row, steps - length :] = real
        else:
            x[row, :length] = real
        y[row] = real.sum()
    return x, y


def stack(shape: tuple[int | None, ...], *layers: Any, loss: Any = "mse", rows: Any = None) -> Any:
    """A compiled sequential model for inputs of that shape."""
    import keras

    model = keras.Sequential([keras.Input(batch_shape=(rows, *shape)), *layers])
    model.compile(optimizer="adam", loss=loss)
    return model


def recurrent(
    kind: str,
    features: int,
    *,
    classes: int | None = None,
    depth: int = 1,
    every: bool = False,
    stateful: bool = False,
    rows: int | None = None,
    steps: int | None = None,
    **settings: Any,
) -> Any:
    """LSTM, GRU or SimpleRNN under a dense layer."""
    import keras

    made = getattr(keras.layers, kind)
    body = [
        made(WIDTH, stateful=stateful, return_sequences=every or level < depth - 1, **settings)
        for level in range(depth)
    ]
    if classes is None:
        head, loss = keras.layers.Dense(1), "mse"
    else:
        head, loss = (
            keras.layers.Dense(classes, activation="softmax"),
            "sparse_categorical_crossentropy",
        )
    return stack((steps, features), *body, head, loss=loss, rows=rows)
