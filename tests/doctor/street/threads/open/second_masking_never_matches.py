"""Source: https://github.com/keras-team/keras/issues/13211 (Masking and two BiLSTMs in one part;
    the next part masks its zero steps again, for attention).
Symptom: masking fails in the second part.
Cause: the first part's outputs are not zero at padded steps.
Expected: the mask is lost there / never matches; padding is seen.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras
import numpy as np

API = "check"
KIND = "padding and masks"
EXPECTED = ("mask-lost", "mask-never-matches", "padding-changes-output", "padding-after-end")
WORDS = ("mask",)
TRAIN = dict(epochs=15, rate=0.005)
L = keras.layers
rng = np.random.default_rng(0)
x = np.zeros((200, 14, 3), "float32")
y = np.zeros(200, "int32")
for i in range(200):
    n = rng.integers(3, 14)
    x[i, :n] = rng.normal(size=(n, 3))
    y[i] = x[i, :n, 0].mean() > 0


def build(again):
    i = keras.Input((14, 3))
    h = L.Masking()(i)
    h = L.Bidirectional(L.LSTM(8, return_sequences=True))(h)
    if again:
        part = keras.Model(i, h)
        j = keras.Input((14, 16))
        g = L.Masking()(j)
        g = L.GlobalAveragePooling1D()(g + L.MultiHeadAttention(2, 8)(g, g))
        rest = keras.Model(j, L.Dense(2, activation="softmax")(g))
        m = keras.Model(i, rest(part(i)))
    else:
        a = L.MultiHeadAttention(2, 8)(h, h)
        m = keras.Model(
            i, L.Dense(2, activation="softmax")(L.GlobalAveragePooling1D()(L.Add()([h, a])))
        )
    m.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(0.005),
        metrics=["accuracy"],
    )
    return m


def faulty():
    return dict(model=build(True), x=x, y=y, batch_size=25)


def fixed():
    return dict(model=build(False), x=x, y=y, batch_size=25)
