"""Source: http://pullrequest.ru/13233417/predskazanie-impulsnogo-signala-lstm (copy of a Stack
    Overflow answer: LSTM(1), ten sequences of ten steps with one impulse; the target is 1 where
    it is the first step).
Symptom: the impulse is not predicted.
Cause: far too few epochs; ten thousand do it.
Expected: too few updates. fixed: the same with more units, a faster rate and 400 epochs.
Measured: accuracy after a short training: faulty 0.90, fixed 1.00 (always the most common
    class: 0.90).
"""

import keras
import numpy as np

API = "check"
KIND = "learning"
EXPECTED = ("too-few-updates", "learning-rate")
WORDS = ("updates", "epochs")
TRAIN = dict(epochs=5, rate=None, fixed_epochs=400)
x = np.eye(10, dtype="float32")[:, :, None]
y = np.zeros((10, 1), "float32")
y[0] = 1


def build(units, rate):
    m = keras.Sequential(
        [keras.Input((10, 1)), keras.layers.LSTM(units)]
        + ([keras.layers.Dense(1)] if units > 1 else [])
    )
    m.compile(optimizer=keras.optimizers.Adam(rate), loss="mse", metrics=["mse"])
    return m


def faulty():
    return dict(model=build(1, 0.001), x=x, y=y, epochs=5, verbose=0)


def fixed():
    return dict(model=build(8, 0.02), x=x, y=y, epochs=400, verbose=0)
