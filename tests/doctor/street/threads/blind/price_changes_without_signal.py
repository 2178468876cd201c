"""Source: https://newbedev.com/keras-lstm-predicted-timeseries-squashed-and-shifted (copy of a
    Stack Overflow answer: 48 hourly price changes, LSTM of 25, one epoch, batch of one).
Symptom: forecasts squashed towards zero and shifted.
Cause: past changes tell next to nothing of the next one; the mean is the best answer.
Expected: no signal found. fixed: the same on a series that has one.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras
import numpy as np

from doctor.street.threads import data

API = "check"
KIND = "data"
EXPECTED = ("no-signal", "copies-last-value")
WORDS = ("no signal", "none found")
TRAIN = dict(epochs=3, rate=0.001)
rng = np.random.default_rng(0)
change = (0.01 * rng.standard_t(4, 400)).astype("float32")


def cut(s):
    W = np.lib.stride_tricks.sliding_window_view(s, 49)
    return W[:, :48, None].copy(), W[:, 48].copy()


def build():
    m = keras.Sequential(
        [keras.Input(batch_shape=(1, 48, 1)), keras.layers.LSTM(25), keras.layers.Dense(1)]
    )
    m.compile(loss="mse", optimizer="adam")
    return m


def faulty():
    x, y = cut(change)
    return dict(model=build(), x=x, y=y, epochs=1, batch_size=1, verbose=1, shuffle=True)


def fixed():
    x, y = cut(data.series(400))
    return dict(model=build(), x=x, y=y, epochs=20, batch_size=1, verbose=1, shuffle=True)
