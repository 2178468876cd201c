"""Tiny stateful and stateless models with data, for tests of the user-level functions."""

from __future__ import annotations

from typing import Any

import numpy as np

ROWS, BATCHES, TIMESTEPS, FEATURES = 2, 3, 2, 2
SAMPLES = ROWS * BATCHES


def data(seed: int = 0, samples: int = SAMPLES) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (samples, 2, 2) and targets (samples, 1)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, TIMESTEPS, FEATURES)).astype("float32")
    return x, rng.normal(size=(samples, 1)).astype("float32")


def recurrent(keras: Any, *, stateful: bool = True, rate: float = 0.1) -> Any:
    """A compiled LSTM of 3 units, with the same weights each time."""
    keras.utils.set_random_seed(4)
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(ROWS if stateful else None, TIMESTEPS, FEATURES)),
            keras.layers.LSTM(3, stateful=stateful),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
    return model


def perceptron(keras: Any, rate: float = 0.1) -> Any:
    """A compiled dense model on (samples, 2, 2), with the same weights each time."""
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [keras.layers.Flatten(), keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.SGD(rate), "mse")
    model.build((None, TIMESTEPS, FEATURES))
    return model


def weights(model: Any) -> list[np.ndarray]:
    return [np.asarray(v.value) for v in model.trainable_variables]


def states(model: Any) -> list[np.ndarray]:
    """The carried state of the first recurrent layer."""
    layer = next(layer for layer in model.layers if hasattr(layer, "reset_state"))
    return [np.array(v.value) for v in layer.states]


def same(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
