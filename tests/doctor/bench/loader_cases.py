"""Cases whose data come in batches: data sets of TensorFlow, generators, loaders of torch."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Case
from echospan.doctor import CheckReport

SERIES = np.random.default_rng(0).normal(size=206).astype("float32")


def windows(*, leaks: bool) -> tuple[np.ndarray, np.ndarray]:
    """Windows of six values; the target stands in them, or is made of them."""
    x = np.lib.stride_tricks.sliding_window_view(SERIES, 6)[:200, :, None].copy()
    return x, x[:, -1] if leaks else x[:, -1] * x[:, -3]


def batches(*, leaks: bool) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of sixteen."""
    x, y = windows(leaks=leaks)
    for start in range(0, len(x), 16):
        yield x[start : start + 16], y[start : start + 16]


def of_keras(data: Any) -> CheckReport:
    """The check of an LSTM on what gives batches."""
    import keras

    import echospan

    layers = [keras.Input((6, 1)), keras.layers.LSTM(8), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("adam", "mse")
    return echospan.check(model, data)


def tf_data(*, leaks: bool) -> CheckReport:
    """A data set of TensorFlow."""
    import tensorflow

    data = tensorflow.data.Dataset.from_tensor_slices(windows(leaks=leaks))
    return of_keras(data.shuffle(50, seed=1).batch(16).prefetch(2))


def ragged(*, masked: bool) -> CheckReport:
    """Ragged batches of numbered words, with a mask or without."""
    import keras
    import tensorflow

    import echospan

    rng = np.random.default_rng(1)
    rows = [rng.integers(1, 9, rng.integers(3, 12)).tolist() for _ in range(160)]
    labels = np.array([row[0] > 4 for row in rows], "float32")
    texts = tensorflow.ragged.constant(rows)
    data = tensorflow.data.Dataset.from_tensor_slices((texts, labels)).batch(16)
    embed = keras.layers.Embedding(9, 4, mask_zero=masked)
    model = keras.Sequential([embed, keras.layers.LSTM(8), keras.layers.Dense(1)])
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    return echospan.check(model, data)


def packed(*, leaks: bool) -> CheckReport:
    """A loader of torch that gives packed sequences of different lengths."""
    import torch

    import echospan

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.memory = torch.nn.LSTM(1, 8, batch_first=True)
            self.head = torch.nn.Linear(8, 1)

        def forward(self, x: Any) -> Any:
            return self.head(self.memory(x)[1][0][-1])

    def collate(batch: Any) -> Any:
        xs, ys = zip(*batch, strict=True)
        return torch.nn.utils.rnn.pack_sequence(xs, enforce_sorted=False), torch.stack(ys)

    values = torch.as_tensor(windows(leaks=False)[0])
    rows = [(row[: 4 + number % 3], number) for number, row in enumerate(values)]
    pairs = [(row, row[0] if leaks else row[0] * row[1]) for row, _ in rows]
    return echospan.check(Net(), torch.utils.data.DataLoader(pairs, 16, collate_fn=collate))


CASES = [
    Case(
        "target-in-input",
        "windows from a tf.data.Dataset that shuffles",
        lambda: tf_data(leaks=True),
        lambda: tf_data(leaks=False),
        backend="tensorflow",
    ),
    Case(
        "padding-after-end",
        "ragged texts from a tf.data.Dataset",
        lambda: ragged(masked=False),
        lambda: ragged(masked=True),
        backend="tensorflow",
    ),
    Case(
        "target-in-input",
        "windows from a function that makes a generator",
        lambda: of_keras(lambda: batches(leaks=True)),
        lambda: of_keras(lambda: batches(leaks=False)),
        backend="jax",
    ),
]
if find_spec("torch") is not None:
    CASES.append(
        Case(
            "target-in-input",
            "packed sequences of different lengths from a torch loader",
            lambda: packed(leaks=True),
            lambda: packed(leaks=False),
        )
    )
