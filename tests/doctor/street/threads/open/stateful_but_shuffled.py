"""Source: https://github.com/tensorflow/tensorflow/issues/40067 (text generation tutorial: a
    stateful GRU, sequences shuffled).
Symptom: found on reading; resolved in the tutorial.
Cause: state is carried to sequences that don't continue.
Expected: shuffled with carried state.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras

from doctor.street.threads import data

API = "check"
KIND = "state"
EXPECTED = ("shuffled-state",)
WORDS = ("shuffle",)
TRAIN = dict(epochs=10, rate=0.01)
w = data.walks(256, 11)


def build(stateful):
    m = keras.Sequential(
        [
            keras.Input(batch_shape=(32, 10), dtype="int32"),
            keras.layers.Embedding(8, 16),
            keras.layers.GRU(24, return_sequences=True, stateful=stateful),
            keras.layers.Dense(8),
        ]
    )
    m.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(0.01),
    )
    return m


def faulty():
    return dict(model=build(True), x=w[:, :-1], y=w[:, 1:], batch_size=32, shuffle=True, epochs=10)


def fixed():
    return dict(model=build(False), x=w[:, :-1], y=w[:, 1:], batch_size=32, shuffle=True, epochs=10)
