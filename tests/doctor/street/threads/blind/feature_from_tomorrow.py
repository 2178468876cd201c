"""Source: https://github.com/spawnaga/market_direction_prediction/issues/1 (a feature meant to be
    lagged is price.diff().shift(-1)).
Symptom: suspiciously good.
Cause: shift(-1) brings tomorrow's change into today's row; the direction of it is the target.
Expected: the target stands in the input.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras
import numpy as np

API = "check"
KIND = "data"
EXPECTED = ("target-in-input",)
WORDS = ("target.*(input|stands)", "leak")
TRAIN = dict(epochs=15, rate=0.01)
rng = np.random.default_rng(0)
change = rng.normal(size=420)
change[1:] -= 0.8 * change[:-1].copy()
volume = rng.uniform(size=420)


def frame(shift):
    return np.stack([np.roll(change, shift), volume], 1).astype("float32")


def cut(shift):
    W = np.lib.stride_tricks.sliding_window_view(frame(shift)[5:-5], 8, axis=0).transpose(0, 2, 1)[
        :-1
    ]
    return W.copy(), (change[5:-5][8:] > 0).astype("float32")[:, None]


def build():
    m = keras.Sequential(
        [keras.Input((8, 2)), keras.layers.LSTM(16), keras.layers.Dense(1, activation="sigmoid")]
    )
    m.compile(
        loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"]
    )
    return m


def faulty():
    x, y = cut(-1)
    return dict(model=build(), x=x, y=y, batch_size=32)


def fixed():
    x, y = cut(0)
    return dict(model=build(), x=x, y=y, batch_size=32)
