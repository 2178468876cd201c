"""Sequences out of sequences with Keras: translation, sums, the next word, reconstruction."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from doctor.street.sound.case import sound
from doctor.street.sound.keras_parts import Block, Positions, compiled, masked_classes, stack
from doctor.street.sound.values import cyclic

CLASSES = "sparse_categorical_crossentropy"


ONE_HOT = "categorical_crossentropy"


def _entropy_of_words(y: Any) -> float:
    shares = np.bincount(y[y > 0].ravel()) / (y > 0).sum()
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _hot(tokens: Any, words: int) -> Any:
    return np.eye(words, dtype="float32")[tokens]


def _pairs(count: int = 400, steps: int = 5) -> tuple[Any, Any, Any]:
    """Source words 3.., start word 1 and the mirrored words, the mirrored words and end word 2."""
    rng = np.random.default_rng(0)
    source = rng.integers(3, 9, (count, steps)).astype("int32")
    answer = source[:, ::-1]
    start, end = np.full((count, 1), 1, "int32"), np.full((count, 1), 2, "int32")
    return source, np.concatenate([start, answer], 1), np.concatenate([answer, end], 1)


@sound(epochs=40)
def addition() -> dict:
    """keras-team/keras-io examples/nlp/addition_rnn.py: a sum as characters, reversed, and its
    result, by an encoder, RepeatVector and a decoder."""
    signs = {sign: number for number, sign in enumerate("0123456789+ ")}
    sums = [(a, b) for a in range(20) for b in range(20)]
    asked = [f"{a}+{b}".ljust(5)[::-1] for a, b in sums]
    told = [str(a + b).ljust(2) for a, b in sums]
    x, y = (
        _hot(np.array([[signs[s] for s in text] for text in part]), 12) for part in (asked, told)
    )
    order = np.random.default_rng(0).permutation(400)
    model = stack(
        keras.Input((5, 12)),
        layers.LSTM(32),
        layers.RepeatVector(2),
        layers.LSTM(32, return_sequences=True),
        layers.Dense(12, activation="softmax"),
        loss=ONE_HOT,
    )
    return {"model": model, "x": x[order], "y": y[order], "batch_size": 32}


@sound(epochs=25)
def lstm_translation() -> dict:
    """keras-team/keras-io examples/nlp/lstm_seq2seq.py: one-hot characters, the encoder's state
    starts the decoder, which is given the answer one step late."""
    source, given, asked = _pairs()
    a, b = keras.Input((None, 9)), keras.Input((None, 9))
    _, hidden, cell = layers.LSTM(24, return_state=True)(a)
    decoded = layers.LSTM(24, return_sequences=True)(b, initial_state=[hidden, cell])
    model = keras.Model([a, b], layers.Dense(9, activation="softmax")(decoded))
    compiled(model, ONE_HOT)
    x = [_hot(source, 9), _hot(given, 9)]
    return {"model": model, "x": x, "y": _hot(asked, 9), "batch_size": 32}


@sound(epochs=25)
def attending_translation() -> dict:
    """tensorflow.org text/tutorials/nmt_with_attention: GRU encoder read by the decoder's
    attention."""
    source, given, asked = _pairs()
    a, b = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    encoded, state = layers.GRU(16, return_sequences=True, return_state=True)(
        layers.Embedding(9, 12)(a)
    )
    decoded = layers.GRU(16, return_sequences=True)(layers.Embedding(9, 12)(b), initial_state=state)
    context = layers.Attention()([decoded, encoded])
    outputs = layers.Dense(9, activation="softmax")(layers.Concatenate()([decoded, context]))
    model = compiled(keras.Model([a, b], outputs), CLASSES)
    return {"model": model, "x": [source, given], "y": asked, "batch_size": 32}


@sound(epochs=25)
def transformer_translation() -> dict:
    """keras-team/keras-io examples/nlp/neural_machine_translation_with_transformer.py: a
    dictionary of encoder and decoder inputs, causal attention in the decoder."""
    source, given, asked = _pairs()
    a = keras.Input((None,), dtype="int32", name="encoder_inputs")
    b = keras.Input((None,), dtype="int32", name="decoder_inputs")
    encoded = Block(16)(Positions(5, 9, 16)(a))
    decoded = Block(16, causal=True)(Positions(6, 9, 16)(b))
    crossed = layers.MultiHeadAttention(2, 8)(decoded, encoded)
    decoded = layers.LayerNormalization()(decoded + crossed)
    outputs = layers.Dense(9, activation="softmax")(layers.Dropout(0.1)(decoded))
    model = compiled(keras.Model({"encoder_inputs": a, "decoder_inputs": b}, outputs), CLASSES)
    x = {"encoder_inputs": source, "decoder_inputs": given}
    return {"model": model, "x": x, "y": asked, "batch_size": 32}


@sound(epochs=10)
def small_gpt() -> dict:
    """keras-team/keras-io examples/nlp/text_generation_with_miniature_gpt.py: a causal block,
    the next word at each step, logits."""
    text = cyclic()
    inputs = keras.Input((15,), dtype="int32")
    hidden = Block(16, causal=True)(Positions(15, 8, 16)(inputs))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = compiled(keras.Model(inputs, layers.Dense(8)(hidden)), loss)
    return {"model": model, "x": text[:, :-1], "y": text[:, 1:], "batch_size": 32}


@sound(epochs=10)
def gru_text() -> dict:
    """tensorflow.org text/tutorials/text_generation: embedding, GRU, next character at each
    step."""
    text = cyclic(seed=1)
    model = stack(
        keras.Input((None,), dtype="int32"),
        layers.Embedding(8, 12),
        layers.GRU(24, return_sequences=True),
        layers.Dense(8),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return {"model": model, "x": text[:, :-1], "y": text[:, 1:], "batch_size": 32}


@sound()
def next_character() -> dict:
    """keras-team/keras-io examples/generative/lstm_character_level_text_generation.py: one-hot
    windows moved on by 3 characters, the one after the window."""
    text = cyclic(1, 1220, noise=0.05)[0]
    starts = range(0, 1200, 3)
    x = np.stack([text[start : start + 10] for start in starts])
    y = np.stack([text[start + 10] for start in starts])
    model = stack(
        keras.Input((10, 8)), layers.LSTM(24), layers.Dense(8, activation="softmax"), loss=ONE_HOT
    )
    return {"model": model, "x": _hot(x, 8), "y": _hot(y, 8), "batch_size": 32}


@keras.saving.register_keras_serializable("street")
class Tied(keras.Model):
    """A GRU whose output layer is the table of words, read the other way."""

    def __init__(self, words: int = 8, width: int = 16, **settings: Any):
        super().__init__(**settings)
        self.table = layers.Embedding(words, width)
        self.gru = layers.GRU(width, return_sequences=True)

    def call(self, x: Any) -> Any:
        return ops.matmul(self.gru(self.table(x)), ops.transpose(self.table.embeddings))


@sound(epochs=15)
def tied_words() -> dict:
    """arXiv 1608.05859, weight tying, as KerasHub's ReversibleEmbedding does it."""
    text = cyclic(seed=2)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = compiled(Tied(), loss)
    return {"model": model, "x": text[:, :-1], "y": text[:, 1:], "batch_size": 32}


@sound(constant=_entropy_of_words)
def padded_text() -> dict:
    """keras.io guides/understanding_masking_and_padding for a language model on padded lines:
    mask from the embedding, next word, padding left out of the loss."""
    text = cyclic() + 1
    lengths = np.random.default_rng(0).integers(8, 17, len(text))
    text = text * (np.arange(16) < lengths[:, None])
    model = stack(
        keras.Input((None,), dtype="int32"),
        layers.Embedding(9, 12, mask_zero=True),
        layers.LSTM(24, return_sequences=True),
        layers.Dense(9, activation="softmax"),
        loss=masked_classes,
    )
    return {"model": model, "x": text[:, :-1], "y": text[:, 1:], "batch_size": 32}
