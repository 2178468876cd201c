"""Source: https://github.com/aneesh-joshi/LSTM_POS_Tagger/issues/8 (tags of words, sentences
    padded in front to 100, padding tagged 0, no mask_zero).
Symptom: 99 % accuracy.
Cause: most of what is scored is padding; the author agrees.
Expected: padding is scored, with its share.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras
import numpy as np

API = "check"
KIND = "padding and masks"
EXPECTED = ("padding-scored", "padding-changes-output")
WORDS = ("padding is scored", "scored", "share .*padding")
TRAIN = dict(epochs=4, rate=0.003)
rng = np.random.default_rng(0)
x = np.zeros((200, 24), "int32")
y = np.zeros((200, 24), "int32")
for i in range(200):
    n = rng.integers(3, 9)
    x[i, -n:] = rng.integers(1, 20, n)
    y[i, -n:] = 1 + (x[i, -n:] + np.roll(x[i, -n:], 1)) % 4


def build(mask):
    m = keras.Sequential(
        [
            keras.Input((24,), dtype="int32"),
            keras.layers.Embedding(20, 16, mask_zero=mask),
            keras.layers.Bidirectional(keras.layers.LSTM(16, return_sequences=True)),
            keras.layers.TimeDistributed(keras.layers.Dense(5, activation="softmax")),
        ]
    )
    m.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(0.003),
        metrics=["accuracy"],
    )
    return m


def faulty():
    return dict(model=build(False), x=x, y=y, batch_size=32, epochs=2)


def fixed():
    return dict(model=build(True), x=x, y=y, batch_size=32, epochs=40)
