"""A sound stateful LSTM: each batch row goes on where it ended, and its state brings the past.

Diagnose it with `echospan diagnose stateful.py:sound`: there is no weak link.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import echospan

ROWS, UPDATES, STEPS, SYMBOLS, LAG = 16, 60, 4, 4, 2


def sound():
    """Four steps a sample; row r of each batch goes on with stream r. Targets are 2 steps back."""
    keras.utils.set_random_seed(0)
    streams = np.random.default_rng(0).integers(0, SYMBOLS, (ROWS, UPDATES * STEPS + LAG))
    inputs = np.eye(SYMBOLS, dtype="float32")[streams[:, LAG:]]
    x = in_batches(inputs)
    y = in_batches(streams[:, :-LAG, None])[..., 0]
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(ROWS, STEPS, SYMBOLS)),
            keras.layers.LSTM(24, stateful=True, return_sequences=True),
            keras.layers.Dense(SYMBOLS, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    # Keras's own fit on JAX does not carry the state from batch to batch; this one does.
    echospan.fit(model, x, y, batch_size=ROWS, epochs=25)
    return {
        "model": model, "x": x, "y": y, "batch_size": ROWS, "shuffle": False,
        "trainer": "echospan",
    }  # fmt: skip


def in_batches(streams):
    """Cut streams (rows, time, ...) into samples (updates * rows, steps, ...)."""
    cut = streams.reshape(ROWS, UPDATES, STEPS, *streams.shape[2:])
    return np.swapaxes(cut, 0, 1).reshape(ROWS * UPDATES, STEPS, *streams.shape[2:])
