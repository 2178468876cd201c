"""The tutorial's mistake: a stateful LSTM whose batch rows inherit the state of other samples.

Diagnose it with `echospan diagnose mistake.py:arguments`: the weakest link is the framing.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

BATCH, SYMBOLS = 6, 10


def arguments():
    """One step a sample, six samples in a batch; each target is the value one step before."""
    keras.utils.set_random_seed(0)
    values = np.random.default_rng(0).integers(0, SYMBOLS, 1801)
    x = np.eye(SYMBOLS, dtype="float32")[values[1:], None]
    y = values[:-1]
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(BATCH, 1, SYMBOLS)),
            keras.layers.LSTM(16, stateful=True),
            keras.layers.Dense(SYMBOLS, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=BATCH, shuffle=False, epochs=2, verbose=0)
    return {"model": model, "x": x, "y": y, "batch_size": BATCH, "shuffle": False}
