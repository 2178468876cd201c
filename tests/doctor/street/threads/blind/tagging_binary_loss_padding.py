"""Source: https://github.com/keras-team/keras/issues/1539 (four tags a word, sentences padded with
    zero vectors, targets padded with zeros, softmax with binary cross-entropy).
Symptom: 95 % accuracy while training, predictions bad: much the same tags every time.
Cause: padding is scored, and binary accuracy over one-hot tags flatters.
Expected: padding scored, or the loss does not fit.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras
import numpy as np

API = "check"
KIND = "padding and masks"
EXPECTED = ("padding-scored", "loss-mismatch", "padding-changes-output")
WORDS = ("padding is scored", "scored steps", "binary.*one-hot", "one-hot.*binary")
TRAIN = dict(epochs=15, rate=0.003)
rng = np.random.default_rng(0)
x = np.zeros((240, 20, 6), "float32")
y = np.zeros((240, 20, 4), "float32")
weight = np.zeros((240, 20), "float32")
for i in range(240):
    n = rng.integers(3, 9)
    x[i, :n] = rng.normal(size=(n, 6))
    weight[i, :n] = 1
    y[i, np.arange(n), x[i, :n, :4].argmax(1)] = 1


def build(loss, mask):
    m = keras.Sequential(
        [keras.Input((20, 6))]
        + ([keras.layers.Masking()] if mask else [])
        + [
            keras.layers.LSTM(16, return_sequences=True),
            keras.layers.TimeDistributed(keras.layers.Dense(4, activation="softmax")),
        ]
    )
    m.compile(loss=loss, optimizer="adam", metrics=["accuracy"])
    return m


def faulty():
    return dict(model=build("binary_crossentropy", False), x=x, y=y, batch_size=32, epochs=3)


def fixed():
    return dict(model=build("categorical_crossentropy", True), x=x, y=y, batch_size=32, epochs=20)
