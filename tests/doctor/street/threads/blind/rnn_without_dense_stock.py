"""Source: https://github.com/hunkim/DeepLearningZeroToAll/pull/74 (stock price by an RNN with as
    many units as outputs, nothing behind it).
Symptom: forecasts are flat and poor.
Cause: one unit is at once memory and answer, and its tanh bounds it; the repair is more units
    and a dense layer.
Expected: targets outside what a bare recurrent layer can reach.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras

from doctor.street.threads import data

API = "check"
KIND = "output side"
EXPECTED = ("target-out-of-range",)
WORDS = ("tanh", "reach")
TRAIN = dict(epochs=30, rate=0.01)
x, y = data.windows(7, 300)
x, y = 20 * x + 100, 20 * y + 100
x, y = (x - 100) / 20, (y - 100) / 8


def build(dense):
    m = keras.Sequential(
        [keras.Input((7, 1)), keras.layers.LSTM(12 if dense else 1)]
        + ([keras.layers.Dense(1)] if dense else [])
    )
    m.compile(loss="mse", optimizer=keras.optimizers.Adam(0.01))
    return m


def faulty():
    return dict(model=build(False), x=x, y=y, epochs=100, batch_size=32)


def fixed():
    return dict(model=build(True), x=x, y=y, epochs=100, batch_size=32)
