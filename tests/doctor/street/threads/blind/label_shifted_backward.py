"""Source: https://github.com/KIC/pandas-ml-quant/issues/25 (the label is the series shifted
    forward: a value of the past, inside the window).
Symptom: can be met by repeating one of the inputs.
Cause: the shift has the wrong sign; the author was struck.
Expected: the target is an input value at another offset.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras

from doctor.street.threads import data

API = "check"
KIND = "data"
EXPECTED = ("target-in-input", "target-offset")
WORDS = ("target.*input", "offset")
TRAIN = dict(epochs=30, rate=0.01)
x, y = data.windows(14, 300)


def build():
    m = keras.Sequential([keras.Input((14, 1)), keras.layers.LSTM(16), keras.layers.Dense(1)])
    m.compile(loss="mse", optimizer=keras.optimizers.Adam(0.01))
    return m


def faulty():
    return dict(model=build(), x=x, y=x[:, -2].copy(), batch_size=32)


def fixed():
    return dict(model=build(), x=x, y=y, batch_size=32)
