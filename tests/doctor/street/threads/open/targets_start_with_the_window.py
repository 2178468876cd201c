"""Source: https://github.com/tensorflow/tensorflow/issues/40343
    (timeseries_dataset_from_array(series, series, 90): no offset on the targets).
Symptom: the target of a window is its first value.
Cause: targets[i] goes with the window that starts at i; they must be given from sequence_length
    on.
Expected: the target is an input value at another offset.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras
import numpy as np

from doctor.street.threads import data

API = "check"
KIND = "data"
EXPECTED = ("target-in-input", "target-offset")
WORDS = ("target.*input", "offset")
TRAIN = dict(epochs=40, rate=0.01)
s = data.series(320)
W = np.lib.stride_tricks.sliding_window_view(s, 20)[:, :, None].copy()


def build():
    m = keras.Sequential([keras.Input((20, 1)), keras.layers.LSTM(16), keras.layers.Dense(1)])
    m.compile(loss="mse", optimizer=keras.optimizers.Adam(0.01))
    return m


def faulty():
    return dict(model=build(), x=W, y=s[: len(W)].copy(), batch_size=32, shuffle=False)


def fixed():
    return dict(model=build(), x=W[:-1], y=s[20:].copy(), batch_size=32, shuffle=False)
