"""Tags and hidden words with Keras, padding left out of the loss."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from doctor.street.sound.case import sound
from doctor.street.sound.keras_parts import Block, Positions, compiled, masked_classes, stack
from doctor.street.sound.values import tagged


def _tag_entropy(y: Any) -> float:
    shares = np.bincount(y[y > 0].ravel())[1:] / (y > 0).sum()
    return float(-(shares * np.log(shares)).sum())


@sound(constant=_tag_entropy)
def ner_transformer() -> dict:
    """keras-team/keras-io examples/nlp/ner_transformers.py: a tag for each word, tag 0 for
    padding, which a loss of one's own leaves out."""
    x, y = tagged()
    inputs = keras.Input((12,), dtype="int32")
    hidden = layers.Dropout(0.1)(Block(16)(Positions(12, 20, 16)(inputs)))
    hidden = layers.Dense(16, activation="relu")(hidden)
    model = keras.Model(inputs, layers.Dense(4, activation="softmax")(hidden))
    compiled(model, masked_classes, 0.005)
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound(constant=_tag_entropy)
def bidirectional_tagger() -> dict:
    """tensorflow.org and keras.io guides/understanding_masking_and_padding, as named-entity
    taggers use it: mask from the embedding, bidirectional LSTM, a softmax at each step,
    scored where there is a word."""
    x, y = tagged()
    model = stack(
        keras.Input((None,), dtype="int32"),
        layers.Embedding(20, 12, mask_zero=True),
        layers.Bidirectional(layers.LSTM(12, return_sequences=True)),
        layers.TimeDistributed(layers.Dense(4, activation="softmax")),
        loss=masked_classes,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


def _hidden_entropy(y: Any) -> float:
    shares = np.bincount(y[y > 0].ravel())[1:] / (y > 0).sum()
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


@sound(epochs=30, constant=_hidden_entropy)
def masked_words() -> dict:
    """keras-team/keras-io examples/nlp/masked_language_modeling.py: some words are hidden behind
    a mask word and are asked for, from both sides; 0 elsewhere in y."""
    rng = np.random.default_rng(0)
    text = (rng.integers(0, 6, (400, 1)) + np.arange(10)) % 6 + 1
    hidden = rng.random(text.shape) < 0.2
    x, y = np.where(hidden, 7, text).astype("int32"), np.where(hidden, text, 0).astype("int32")
    inputs = keras.Input((10,), dtype="int32")
    seen = Block(16, drop=0.0)(Positions(10, 8, 16)(inputs))
    model = keras.Model(inputs, layers.Dense(7, activation="softmax")(seen))
    compiled(model, masked_classes)
    return {"model": model, "x": x, "y": y, "batch_size": 32}
