"""Source: https://github.com/keras-team/keras/issues/20898 (TextVectorization pads behind;
    Embedding and LSTM without mask_zero).
Symptom: the LSTM does not learn; padded in front it does.
Cause: long padding between the last word and the answer. Repair: padding in front (fixed) or a
    mask (fixed2).
Expected: padding behind the end is read.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras
import numpy as np

from doctor.street.threads import data

API = "check"
KIND = "padding and masks"
EXPECTED = ("padding-after-end", "padding-changes-output")
WORDS = ("padding",)
TRAIN = dict(epochs=8, rate=0.005)
x, y, lengths = data.ragged(320, 36)
front = np.stack([np.roll(row, len(row) - n) for row, n in zip(x, lengths)])


def build(mask):
    m = keras.Sequential(
        [
            keras.Input((36,), dtype="int32"),
            keras.layers.Embedding(12, 16, mask_zero=mask),
            keras.layers.LSTM(16),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    m.compile(
        loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.005), metrics=["accuracy"]
    )
    return m


y = y[:, None].astype("float32")


def faulty():
    return dict(model=build(False), x=x, y=y, batch_size=32, epochs=10)


def fixed():
    return dict(model=build(True), x=front, y=y, batch_size=32, epochs=10)


def fixed2():
    return dict(model=build(True), x=x, y=y, batch_size=32, epochs=10)
