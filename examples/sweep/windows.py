"""Windows over a series in which each value depends on the one five steps before."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np


def series(steps=1500):
    noise = np.random.default_rng(0).normal(size=steps).astype("float32")
    values = noise.copy()
    for t in range(5, steps):
        values[t] += 0.9 * values[t - 5]
    return values


def arguments(window=8, epochs=30):
    """A linear model that was trained on windows of the series, to predict the next value."""
    keras.utils.set_random_seed(0)
    values = series()
    x = np.lib.stride_tricks.sliding_window_view(values, window)[:-1, :, None].copy()
    y = values[window:, None]
    model = keras.Sequential(
        [keras.Input((window, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(x[:1000], y[:1000], epochs=epochs, verbose=0)
    return {"model": model, "x": x[:1000], "y": y[:1000], "validation_data": (x[1000:], y[1000:])}
