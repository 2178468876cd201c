"""Source: https://github.com/NervanaSystems/neon/issues/311 (time series example: windows (time,
    batch, features) reshaped where a transpose is meant, inputs and targets alike).
Symptom: found on reading; with batch 1 it makes no difference.
Cause: steps of several windows are put together as one window. Rebuilt with Keras arrays.
Expected: windows scrambled.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras

from doctor.street.threads import data

API = "check"
KIND = "data"
EXPECTED = ("windows-scrambled",)
WORDS = ("reshape", "scrambl")
TRAIN = dict(epochs=25, rate=0.01)
x, y = data.windows(10, 300)


def build():
    m = keras.Sequential([keras.Input((10, 1)), keras.layers.LSTM(16), keras.layers.Dense(1)])
    m.compile(loss="mse", optimizer=keras.optimizers.Adam(0.01))
    return m


def faulty():
    return dict(
        model=build(), x=x[:, :, 0].T.reshape(300, 10, 1).copy(), y=y, batch_size=30, epochs=10
    )


def fixed():
    return dict(model=build(), x=x, y=y, batch_size=30, epochs=10)
