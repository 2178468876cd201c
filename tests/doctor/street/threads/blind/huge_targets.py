"""Source: https://github.com/keras-team/keras/issues/4563 (LSTM of 64, dropout, Dense(1), mean
    absolute error, slow SGD; targets very high).
Symptom: the loss stays very high, or is NaN.
Cause: targets are not scaled.
Expected: scale of the targets, with numbers.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras

from doctor.street.threads import data

API = "check"
KIND = "inputs"
EXPECTED = ("input-scale", "too-few-updates", "learning-rate", "target-out-of-range")
WORDS = ("scale",)
TRAIN = dict(epochs=20, rate=None)
x, y = data.windows(10, 300)
y = y[:, 0]


def build(rate):
    m = keras.Sequential(
        [
            keras.Input((10, 1)),
            keras.layers.LSTM(24),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(1),
        ]
    )
    m.compile(
        loss="mean_absolute_error",
        optimizer=keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
    )
    return m


def faulty():
    return dict(
        model=build(0.0008),
        x=x,
        y=(80000 * y + 350000).astype("float32"),
        batch_size=32,
        epochs=20,
        validation_split=0.2,
    )


def fixed():
    return dict(model=build(0.05), x=x, y=y, batch_size=32, epochs=20, validation_split=0.2)
