"""Source: https://stackoverflow.com/questions/47241622 (128 binary features as 128 steps, stateful
    LSTM, one unit with softmax, labels 1 and -1).
Symptom: accuracy not above 55 %; a perceptron gets 97 %.
Cause: a softmax over one unit is always 1. Repair: sigmoid (labels 0 and 1).
Expected: the output is constant.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras
import numpy as np

API = "check"
KIND = "output side"
EXPECTED = ("output-constant", "loss-mismatch")
WORDS = ("softmax",)
TRAIN = dict(epochs=30, rate=0.02)
rng = np.random.default_rng(0)
c = rng.integers(0, 2, (400, 16, 1)).astype("float32")
label = (c.sum((1, 2)) > 8).astype("float32")[:, None]


def build(last, stateful):
    m = keras.Sequential(
        [
            keras.Input(batch_shape=(50, 16, 1)),
            keras.layers.LSTM(16, stateful=stateful),
            keras.layers.Dense(1, activation=last),
        ]
    )
    m.compile(
        loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.02), metrics=["accuracy"]
    )
    return m


def faulty():
    return dict(
        model=build("softmax", True), x=c, y=2 * label - 1, batch_size=50, shuffle=True, epochs=1
    )


def fixed():
    return dict(model=build("sigmoid", False), x=c, y=label, batch_size=50, shuffle=True, epochs=20)
