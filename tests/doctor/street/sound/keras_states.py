"""Carried state that is laid out rightly, and masks, with Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from doctor.street.sound.case import sound
from doctor.street.sound.keras_parts import compiled, stack
from doctor.street.sound.values import cyclic, ragged, seasonal

STATE = {"shuffle": False, "reset_state": "epoch", "trainer": "echospan"}
"""On JAX Keras's own fit carries no state; echospan's does."""


def _rows(series: np.ndarray, rows: int, steps: int) -> np.ndarray:
    """Long series (rows, time, ...) in pieces so that row j of a batch goes on from row j."""
    pieces = [series[:, at : at + steps] for at in range(0, series.shape[1] - steps + 1, steps)]
    return np.concatenate(pieces)


def _echo(rows: int, length: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    noise = np.random.default_rng(0).normal(size=(rows, length, 1)).astype("float32")
    late = np.concatenate([np.zeros((rows, lag, 1), "float32"), noise[:, :-lag]], 1)
    return noise, late


@sound(epochs=15)
def side_by_side() -> dict:
    """philipperemy.github.io/keras-stateful-lstm: 8 series side by side, pieces of 10 steps,
    each answer is the value 3 steps before."""
    x, y = _echo(8, 400, 3)
    model = stack(
        keras.Input(batch_shape=(8, 10, 1)),
        layers.LSTM(16, stateful=True, return_sequences=True),
        layers.Dense(1),
    )
    x, y = _rows(x, 8, 10), _rows(y, 8, 10)
    return {"model": model, "x": x, "y": y, "batch_size": 8, **STATE}


@sound(epochs=15)
def beyond_the_piece() -> dict:
    """stackoverflow.com 43882796's aim, laid out rightly: a leaky sum of all values so far, in
    pieces of 4 steps. Its memory is longer than a piece, what changes it is one step."""
    x, _ = _echo(8, 320, 1)
    y = np.zeros_like(x)
    for step in range(320):
        y[:, step] = 0.7 * (y[:, step - 1] if step else 0.0) + 0.7 * x[:, step]
    model = stack(
        keras.Input(batch_shape=(8, 4, 1)),
        layers.GRU(20, stateful=True, return_sequences=True),
        layers.Dense(1),
    )
    x, y = _rows(x, 8, 4), _rows(y, 8, 4)
    return {"model": model, "x": x, "y": y, "batch_size": 8, **STATE}


@sound(epochs=10)
def text_in_pieces() -> dict:
    """tensorflow.org (2018) text generation with stateful=True: rows of one text side by side,
    the next character at each step."""
    text = cyclic(8, 401)
    model = stack(
        keras.Input(batch_shape=(8, 10), dtype="int32"),
        layers.Embedding(8, 12),
        layers.GRU(24, stateful=True, return_sequences=True),
        layers.Dense(8),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    x, y = _rows(text[:, :-1], 8, 10), _rows(text[:, 1:], 8, 10)
    return {"model": model, "x": x, "y": y, "batch_size": 8, **STATE}


@sound(epochs=10)
def one_row() -> dict:
    """keras.io guides/working_with_rnns, cross-batch statefulness: one long series, a batch of
    one, pieces that follow each other."""
    wave = seasonal(401, 18)[None, :, None]
    model = stack(
        keras.Input(batch_shape=(1, 10, 1)),
        layers.LSTM(16, stateful=True, return_sequences=True),
        layers.Dense(1),
    )
    x, y = _rows(wave[:, :-1], 1, 10), _rows(wave[:, 1:], 1, 10)
    return {"model": model, "x": x, "y": y, "batch_size": 1, **STATE}


@sound(epochs=10)
def two_layers_of_state() -> dict:
    """github.com/PeterChauYEG/learn-keras, the Keras documentation's stacked stateful LSTM: two
    stateful layers, one answer a piece."""
    noise = np.random.default_rng(0).normal(size=(10, 300, 1)).astype("float32")
    x = _rows(noise, 10, 6)
    model = stack(
        keras.Input(batch_shape=(10, 6, 1)),
        layers.LSTM(16, stateful=True, return_sequences=True),
        layers.LSTM(16, stateful=True),
        layers.Dense(1),
    )
    return {"model": model, "x": x, "y": x.mean(1), "batch_size": 10, **STATE}


def _masked(value: float, part: Any) -> dict:
    x, y = ragged(value=value)
    model = stack(
        keras.Input((14, 2)), layers.Masking(mask_value=value), part, layers.Dense(1), rate=0.02
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def mask_zero() -> dict:
    """keras.io API Masking, mask value 0."""
    return _masked(0.0, layers.LSTM(16))


@sound()
def mask_minus_ten() -> dict:
    """keras.io/api/layers/core_layers/masking with mask_value=-10, below all values."""
    return _masked(-10.0, layers.GRU(16))


@sound()
def mask_tenth() -> dict:
    """keras-team/keras issue 2819's question of which value to take: 0.1, which float32 can't
    hold."""
    return _masked(0.1, layers.LSTM(16))


@sound()
def mask_nines() -> dict:
    """keras-team/keras issue 2819, "an unlikely value": -9.99, below all values, and not a
    float32."""
    return _masked(-9.99, layers.GRU(16, reset_after=True))


@sound()
def mask_many_nines() -> dict:
    """keras-team/keras issue 2208, several features a step: -99999.99, as data bases mark what
    is missing."""
    return _masked(-99999.99, layers.SimpleRNN(16))


@sound()
def mask_bidirectional() -> dict:
    """keras.io guides/understanding_masking_and_padding: Masking in front of Bidirectional."""
    return _masked(-1.5, layers.Bidirectional(layers.LSTM(12)))


@sound()
def masked_steps_scored() -> dict:
    """keras.io guides/understanding_masking_and_padding: answers at each step, padding is left
    out of a built-in loss by the mask that the outputs carry."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 12, 2)).astype("float32")
    y = np.cumsum(x[..., :1], 1) / 3
    there = np.arange(12) < rng.integers(6, 13, 300)[:, None]
    x[~there], y[~there] = 0.0, 0.0
    model = stack(
        keras.Input((12, 2)),
        layers.Masking(),
        layers.LSTM(16, return_sequences=True),
        layers.Dense(1),
    )
    return {"model": model, "x": x, "y": y.astype("float32"), "batch_size": 32}


@sound()
def weights_for_steps() -> dict:
    """keras.io guides/training_with_built_in_methods: sample_weight (samples, time) leaves
    padding out."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 12, 1)).astype("float32")
    y = (0.5 * x + 0.5 * np.roll(x, 1, axis=1) * (np.arange(12) > 0)[:, None]).astype("float32")
    there = np.arange(12) < rng.integers(6, 13, 300)[:, None]
    x[~there], y[~there] = 0.0, 0.0
    model = stack(
        keras.Input((12, 1)),
        layers.Conv1D(16, 3, padding="causal"),
        layers.GRU(16, return_sequences=True),
        layers.Dense(1),
    )
    weight = there.astype("float32")
    return {"model": model, "x": x, "y": y, "batch_size": 32, "sample_weight": weight}


@sound()
def state_as_output() -> dict:
    """keras.io guides/working_with_rnns, return_state: the last state itself goes on into dense
    layers."""
    x, y = ragged(value=0.0, seed=3)
    inputs = keras.Input((14, 2))
    _, hidden, cell = layers.LSTM(12, return_state=True)(layers.Masking()(inputs))
    outputs = layers.Dense(1)(layers.Concatenate()([hidden, cell]))
    model = compiled(keras.Model(inputs, outputs), rate=0.02)
    return {"model": model, "x": x, "y": y, "batch_size": 32}
