"""Texts with Keras: classes of padded texts, tags, one and several inputs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from doctor.street.sound.case import sound
from doctor.street.sound.keras_parts import Block, Positions, compiled, stack
from doctor.street.sound.values import texts

BINARY = "binary_crossentropy"


CLASSES = "sparse_categorical_crossentropy"


@sound(epochs=10)
def imdb_bidirectional() -> dict:
    """keras-team/keras-io examples/nlp/bidirectional_lstm_imdb.py: padding in front, no mask,
    two bidirectional LSTMs."""
    x, y = texts(pad="pre")
    model = stack(
        keras.Input((None,), dtype="int32"),
        layers.Embedding(30, 12),
        layers.Bidirectional(layers.LSTM(12, return_sequences=True)),
        layers.Bidirectional(layers.LSTM(12)),
        layers.Dense(1, activation="sigmoid"),
        loss=BINARY,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound(epochs=10)
def mask_zero_lstm() -> dict:
    """keras.io guides/understanding_masking_and_padding: padding behind, mask from the
    embedding."""
    x, y = texts()
    model = stack(
        keras.Input((16,), dtype="int32"),
        layers.Embedding(30, 12, mask_zero=True),
        layers.LSTM(16),
        layers.Dense(1, activation="sigmoid"),
        loss=BINARY,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound(epochs=15)
def transformer_classifier() -> dict:
    """keras-team/keras-io examples/nlp/text_classification_with_transformer.py: words and
    places, one block, pooling over all steps, padding in front."""
    x, y = texts(pad="pre")
    inputs = keras.Input((16,), dtype="int32")
    hidden = layers.GlobalAveragePooling1D()(Block(16)(Positions(16, 30, 16)(inputs)))
    hidden = layers.Dense(12, activation="relu")(layers.Dropout(0.1)(hidden))
    outputs = layers.Dense(2, activation="softmax")(layers.Dropout(0.1)(hidden))
    model = compiled(keras.Model(inputs, outputs), CLASSES, 0.003)
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound(epochs=15)
def convolved_text() -> dict:
    """keras-team/keras-io examples/nlp/text_classification_from_scratch.py: embedding, strided
    convolutions, the greatest value over time."""
    x, y = texts(steps=24)
    model = stack(
        keras.Input((None,), dtype="int32"),
        layers.Embedding(30, 12),
        layers.Dropout(0.2),
        layers.Conv1D(16, 3, padding="valid", activation="relu", strides=2),
        layers.Conv1D(16, 3, padding="valid", activation="relu", strides=2),
        layers.GlobalMaxPooling1D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
        loss=BINARY,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound(epochs=10)
def masked_average() -> dict:
    """tensorflow.org text/guide/word_embeddings: mean of word vectors, padding left out by the
    mask."""
    x, y = texts()
    model = stack(
        keras.Input((16,), dtype="int32"),
        layers.Embedding(30, 12, mask_zero=True),
        layers.GlobalAveragePooling1D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(1),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound(epochs=10)
def large_vocabulary() -> dict:
    """keras-team/keras-io examples/nlp/pretrained_word_embeddings.py: a table of 20,000 words
    that is not trained, convolutions above it."""
    x, y = texts()
    words = np.random.default_rng(3).normal(size=(20_000, 16)).astype("float32")
    x = np.where(x > 0, x * 600, 0).astype("int32")
    table = layers.Embedding(20_000, 16, trainable=False)
    table.build((None,))
    table.set_weights([words])
    model = stack(
        keras.Input((None,), dtype="int32"),
        table,
        layers.Conv1D(24, 3, activation="relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(2, activation="softmax"),
        loss=CLASSES,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@keras.saving.register_keras_serializable("street")
class Pool(layers.Layer):
    """A weighted mean over the steps that the mask leaves."""

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self.supports_masking = True
        self.score = layers.Dense(1)

    def call(self, x: Any, mask: Any = None) -> Any:
        score = self.score(x)[..., 0]
        if mask is not None:
            score = ops.where(mask, score, -1e9)
        return ops.sum(ops.softmax(score, -1)[..., None] * x, 1)

    def compute_mask(self, x: Any, mask: Any = None) -> None:
        return None


@sound(epochs=10)
def attention_pooling() -> dict:
    """arXiv 1703.03130's kind of pooling over a GRU, as in many Keras attention tutorials."""
    x, y = texts()
    inputs = keras.Input((16,), dtype="int32")
    hidden = layers.GRU(12, return_sequences=True)(layers.Embedding(30, 12, mask_zero=True)(inputs))
    outputs = layers.Dense(1, activation="sigmoid")(Pool()(hidden))
    model = compiled(keras.Model(inputs, outputs), BINARY)
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound(epochs=15)
def two_texts() -> dict:
    """keras.io guides/functional_api, shared layers: one encoder for two texts, do they agree?"""
    (a, la), (b, lb) = texts(seed=1), texts(seed=2)
    one, other = keras.Input((16,), dtype="int32"), keras.Input((16,), dtype="int32")
    table, encode = layers.Embedding(30, 12, mask_zero=True), layers.LSTM(12)
    first, second = encode(table(one)), encode(table(other))
    joined = layers.Concatenate()([first, second, layers.Multiply()([first, second])])
    outputs = layers.Dense(1, activation="sigmoid")(layers.Dense(12, activation="relu")(joined))
    model = compiled(keras.Model([one, other], outputs), BINARY)
    return {"model": model, "x": [a, b], "y": (la == lb).astype("int32"), "batch_size": 32}


@sound(epochs=15)
def ticket_triage() -> dict:
    """keras.io guides/functional_api, "multiple inputs and outputs": title and body as words,
    tags as 0 and 1, priority and department as outputs."""
    (title, urgent), (body, kind) = texts(steps=8, seed=1), texts(seed=2)
    tags = np.random.default_rng(0).integers(0, 2, (320, 4)).astype("float32")
    a = keras.Input((None,), dtype="int32", name="title")
    b = keras.Input((None,), dtype="int32", name="body")
    c = keras.Input((4,), name="tags")
    short, long = layers.Embedding(30, 8), layers.Embedding(30, 8)
    joined = layers.Concatenate()([layers.LSTM(12)(short(a)), layers.LSTM(12)(long(b)), c])
    model = keras.Model(
        {"title": a, "body": b, "tags": c},
        {
            "priority": layers.Dense(1, name="priority", activation="sigmoid")(joined),
            "department": layers.Dense(2, name="department", activation="softmax")(joined),
        },
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01), loss={"priority": BINARY, "department": CLASSES}
    )
    return {
        "model": model,
        "x": {"title": title, "body": body, "tags": tags},
        "y": {"priority": urgent, "department": kind},
        "batch_size": 32,
    }


@sound(epochs=15)
def several_labels() -> dict:
    """keras-team/keras-io examples/nlp/multi_label_classification.py, with words in order: each
    of 3 labels is there or not."""
    rng = np.random.default_rng(0)
    x = rng.integers(1, 20, (400, 10)).astype("int32")
    y = np.stack([(x == word).any(1) for word in (1, 2, 3)], -1).astype("float32")
    model = stack(
        keras.Input((10,), dtype="int32"),
        layers.Embedding(20, 12),
        layers.GlobalMaxPooling1D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(3, activation="sigmoid"),
        loss=BINARY,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@keras.saving.register_keras_serializable("street")
class Mixing(layers.Layer):
    """The real part of the Fourier transform over steps and features."""

    def call(self, x: Any) -> Any:
        return ops.fft2((x, ops.zeros_like(x)))[0]


@sound(epochs=20)
def fourier_mixing() -> dict:
    """keras-team/keras-io examples/nlp/fnet_classification_with_keras_hub.py, the FNet encoder."""
    x, y = texts(pad="pre")
    inputs = keras.Input((16,), dtype="int32")
    words = Positions(16, 30, 16)(inputs)
    hidden = layers.LayerNormalization()(words + Mixing()(words))
    hidden = layers.LayerNormalization()(hidden + layers.Dense(16, activation="relu")(hidden))
    outputs = layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling1D()(hidden))
    model = compiled(keras.Model(inputs, outputs), BINARY, 0.005)
    return {"model": model, "x": x, "y": y, "batch_size": 32}
