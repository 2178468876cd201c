"""Source: https://github.com/keras-team/keras/issues/5264 (next character from 6 to 12 one-hot
    characters; a large learning rate).
Symptom: with a large rate it does not converge, with a small one it does.
Cause: the learning rate.
Expected: a few updates on a clone diverge.
Measured: accuracy after a short training: faulty 0.17, fixed 0.92 (always the most common
    class: 0.16).
"""

import keras
import numpy as np

from doctor.street.threads import data

API = "check"
KIND = "learning"
EXPECTED = ("learning-rate",)
WORDS = ("learning rate", "diverge")
TRAIN = dict(epochs=12, rate=None)
w = np.eye(8, dtype="float32")[data.walks(320, 9)]


def build(rate):
    m = keras.Sequential(
        [keras.Input((8, 8)), keras.layers.LSTM(32), keras.layers.Dense(8, activation="softmax")]
    )
    m.compile(
        loss="categorical_crossentropy", optimizer=keras.optimizers.Adam(rate), metrics=["accuracy"]
    )
    return m


def faulty():
    return dict(model=build(2.0), x=w[:, :-1], y=w[:, -1], batch_size=32, epochs=20)


def fixed():
    return dict(model=build(0.005), x=w[:, :-1], y=w[:, -1], batch_size=32, epochs=20)
