"""Source: https://github.com/BenjiKCF/Neural-Net-with-Financial-Time-Series-Data/issues/16
    (features of a day, among them the adjusted close that is the target of that day).
Symptom: looks fine and forecasts nothing.
Cause: the target is in the input.
Expected: the target stands in the input.
Measured: R2 after a short training: faulty 1.00, fixed 0.93; the faulty score is that of a
    given-away target.
"""

import keras
import numpy as np

from doctor.street.threads import data

API = "check"
KIND = "data"
EXPECTED = ("target-in-input",)
WORDS = ("target.*(stands|is) in", "same value")
TRAIN = dict(epochs=30, rate=0.01)
s = data.series(330, noise=1.0)
rng = np.random.default_rng(1)
f = np.stack([rng.normal(size=330), s, rng.uniform(size=330)], 1).astype("float32")
W = np.lib.stride_tricks.sliding_window_view(f, 6, axis=0).transpose(0, 2, 1)


def build():
    m = keras.Sequential([keras.Input((6, 3)), keras.layers.LSTM(16), keras.layers.Dense(1)])
    m.compile(loss="mse", optimizer=keras.optimizers.Adam(0.01))
    return m


def faulty():
    return dict(
        model=build(), x=W[:-1].copy(), y=s[5:-1, None].copy(), batch_size=32, validation_split=0.1
    )


def fixed():
    return dict(
        model=build(), x=W[:-1].copy(), y=s[6:, None].copy(), batch_size=32, validation_split=0.1
    )
