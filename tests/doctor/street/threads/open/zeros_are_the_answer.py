"""Source: https://datascience.stackexchange.com/questions/67599 (sequences of zeros, then ones;
    the target is the share of ones; Masking(0), LSTM, Dense with ReLU).
Symptom: nearly the same value for each sequence.
Cause (as rebuilt): the zeros that the share is counted against are masked away.
Expected: real data is masked away.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras
import numpy as np

API = "check"
KIND = "padding and masks"
EXPECTED = ("mask-value-in-data",)
WORDS = ("masked away", "mask.*real data")
TRAIN = dict(epochs=30, rate=0.01)
rng = np.random.default_rng(0)
x = np.zeros((200, 40, 1), "float32")
y = np.zeros((200, 1), "float32")
for i in range(200):
    n = rng.integers(8, 40)
    k = rng.integers(1, n)
    x[i, n - k : n] = 1
    x[i, n:] = -1
    y[i] = k / n


def build(value, last):
    m = keras.Sequential(
        [
            keras.Input((40, 1)),
            keras.layers.Masking(value),
            keras.layers.LSTM(10),
            keras.layers.Dense(1, activation=last),
        ]
    )
    m.compile(loss="mse", optimizer=keras.optimizers.Adam(0.01), metrics=["mae"])
    return m


def faulty():
    return dict(model=build(0.0, "relu"), x=x, y=y, batch_size=32, epochs=50)


def fixed():
    return dict(model=build(-1.0, "linear"), x=x, y=y, batch_size=32, epochs=50)
