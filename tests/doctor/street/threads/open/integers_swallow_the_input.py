"""Source: https://github.com/sbillburg/CRNN-with-STN/issues/7 (columns of an image as steps;
    values scaled to 0..1 are stored into an integer array).
Symptom: a few per cent accuracy after days.
Cause: everything becomes 0: the input is blank.
Expected: constant inputs.
Measured: accuracy after a short training: faulty 0.51, fixed 0.93 (always the most common
    class: 0.51).
"""

import keras
import numpy as np

from doctor.street.threads import data

API = "check"
KIND = "inputs"
EXPECTED = ("constant-input", "no-signal", "input-scale")
WORDS = ("constant", "all (zero|0)", "no signal")
TRAIN = dict(epochs=15, rate=0.01)
x, y = data.ordered(240, 16, 4)
scaled = ((x + 6) / 12).clip(0, 0.99)
store = np.zeros(x.shape, "int32")
store[:] = scaled


def build():
    m = keras.Sequential(
        [
            keras.Input((16, 4)),
            keras.layers.Conv1D(8, 3, padding="same", activation="relu"),
            keras.layers.Bidirectional(keras.layers.LSTM(12)),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    m.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(0.01),
        metrics=["accuracy"],
    )
    return m


def faulty():
    return dict(model=build(), x=store.astype("float32"), y=y, batch_size=24)


def fixed():
    return dict(model=build(), x=scaled.astype("float32"), y=y, batch_size=24)
