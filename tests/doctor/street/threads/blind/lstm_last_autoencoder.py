"""Source: https://github.com/keras-team/keras/issues/7231 (sequence autoencoder of LSTM,
    RepeatVector, LSTM; comment of 2018-02).
Symptom: the outputs are all much alike and don't follow the sequence.
Cause: the activation of the last LSTM limits what values can come out.
Expected: targets outside what the output (tanh of an LSTM) can reach.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import keras

from doctor.street.threads import data

API = "check"
KIND = "output side"
EXPECTED = ("target-out-of-range",)
WORDS = ("tanh", "reach", "between -1")
TRAIN = dict(epochs=40, rate=0.01)
L = keras.layers
x = 3 * data.windows(8, 256)[0] + 5


def build(dense):
    m = keras.Sequential(
        [keras.Input((8, 1)), L.LSTM(16), L.RepeatVector(8)]
        + (
            [L.LSTM(16, return_sequences=True), L.TimeDistributed(L.Dense(1))]
            if dense
            else [L.LSTM(1, return_sequences=True)]
        )
    )
    m.compile(loss="mse", optimizer=keras.optimizers.Adam(0.01))
    return m


def faulty():
    return dict(model=build(False), x=x, y=x, batch_size=32, epochs=20, verbose=0)


def fixed():
    return dict(model=build(True), x=x, y=x, batch_size=32, epochs=20, verbose=0)
