"""Sound Keras models and layers of every way to go on from a state, by name."""

from __future__ import annotations

import keras
from keras import layers

RETURNING = {"return_sequences": True, "return_state": True}
STATEFUL = {"return_sequences": True, "stateful": True}


def functional():
    """Inputs for the state."""
    x, h, c = keras.Input((None, 3)), keras.Input((5,)), keras.Input((5,))
    y, *states = layers.LSTM(5, **RETURNING)(x, initial_state=[h, c])
    return keras.Model([x, h, c], [layers.Dense(2)(y), *states])


def stateful():
    """A mask and two stateful layers, built for another batch size than those that are run."""
    return keras.Sequential(
        [
            keras.Input(batch_shape=(2, 10, 3)),
            layers.Masking(0.0),
            layers.LSTM(5, **STATEFUL),
            layers.GRU(4, **STATEFUL),
            layers.Dense(2),
        ]
    )


def symbols():
    """An embedding that masks symbol 0."""
    embedding = layers.Embedding(7, 4, mask_zero=True)
    return keras.Sequential([embedding, layers.GRU(5, **STATEFUL), layers.Dense(2)])


MODELS = {
    "lstm": lambda: layers.LSTM(6, **RETURNING),
    "gru": lambda: layers.GRU(6, **RETURNING),
    "gru, reset before": lambda: layers.GRU(6, reset_after=False, **RETURNING),
    "simple": lambda: layers.SimpleRNN(6, **RETURNING),
    "unrolled": lambda: layers.SimpleRNN(6, unroll=True, **RETURNING),
    "cells": lambda: layers.RNN([layers.LSTMCell(4), layers.GRUCell(5)], **RETURNING),
    "convolution": lambda: layers.ConvLSTM1D(2, 2, padding="same", **RETURNING),
    "stateful layer": lambda: layers.GRU(5, **STATEFUL),
    "functional": functional,
    "stateful": stateful,
    "symbols": symbols,
}
