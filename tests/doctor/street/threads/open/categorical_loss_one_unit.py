"""Source: https://stats.stackexchange.com/questions/565956 (LSTM, one sigmoid unit, class 0 or 1,
    categorical cross-entropy).
Symptom: 26 % accuracy; with binary cross-entropy 98 %.
Cause: with one unit the categorical loss is least for output 1, whatever the input.
Expected: loss and output don't fit.
Measured: accuracy after a short training: faulty 0.09, fixed 1.00 (always the most common
    class: 0.50).
"""

import keras

from doctor.street.threads import data

API = "check"
KIND = "output side"
EXPECTED = ("loss-mismatch", "output-constant")
WORDS = ("categorical",)
TRAIN = dict(epochs=25, rate=0.01)
x, y = data.ordered(300, 8, 3)


def build(loss):
    m = keras.Sequential(
        [
            keras.Input((8, 3)),
            keras.layers.LSTM(24, recurrent_activation="hard_sigmoid"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    m.compile(loss=loss, optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"])
    return m


def faulty():
    return dict(
        model=build("categorical_crossentropy"), x=x, y=y[:, None].astype("float32"), batch_size=32
    )


def fixed():
    return dict(
        model=build("binary_crossentropy"), x=x, y=y[:, None].astype("float32"), batch_size=32
    )
