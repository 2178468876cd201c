"""Recurrent layers of every make with Keras: own cells, settings, precision, own training steps."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from doctor.street.sound.case import sound
from doctor.street.sound.keras_parts import compiled, stack
from doctor.street.sound.values import many, pulses, seasonal, windows

CLASSES = "sparse_categorical_crossentropy"


@keras.saving.register_keras_serializable("street")
class Minimal(layers.Layer):
    """A cell with one tanh, as the guide writes it."""

    def __init__(self, units: int, **settings: Any):
        super().__init__(**settings)
        self.units = self.state_size = units

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer="glorot_uniform")
        self.recurrent = self.add_weight(shape=(self.units, self.units), initializer="orthogonal")

    def call(self, x: Any, states: Any) -> Any:
        new = ops.tanh(ops.matmul(x, self.kernel) + ops.matmul(states[0], self.recurrent))
        return new, [new]

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}


@sound()
def own_cell() -> dict:
    """keras.io guides/making_new_layers_and_models_via_subclassing and working_with_rnns: a cell
    of one's own in keras.layers.RNN."""
    x, y = windows(seasonal(340, 14), 16, 1)
    model = stack(keras.Input((16, 1)), layers.RNN(Minimal(16)), layers.Dense(1))
    return {"model": model, "x": x, "y": y[:, 0], "batch_size": 32}


@keras.saving.register_keras_serializable("street")
class Normed(layers.Layer):
    """An LSTM cell whose answer is normed."""

    def __init__(self, units: int, **settings: Any):
        super().__init__(**settings)
        self.cell, self.norm = layers.LSTMCell(units), layers.LayerNormalization()
        self.state_size, self.output_size = self.cell.state_size, units

    def call(self, x: Any, states: Any, training: bool = False) -> Any:
        hidden, states = self.cell(x, states, training=training)
        return self.norm(hidden), states

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.output_size}


@sound()
def normed_cell() -> dict:
    """keras-team/keras, the layer-normalised LSTM cell that is asked for in its issues: a cell
    that wraps another."""
    x, y = pulses(seed=7)
    model = stack(
        keras.Input((32, 1)),
        layers.RNN(Normed(12)),
        layers.Dense(2, activation="softmax"),
        loss=CLASSES,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def stacked_cells() -> dict:
    """keras.io API StackedRNNCells: two cells of different kinds in one loop."""
    x, y = windows(many(340, 2), 14, 1)
    cells = [layers.GRUCell(12), layers.LSTMCell(12)]
    model = stack(keras.Input((14, 2)), layers.RNN(cells), layers.Dense(2))
    return {"model": model, "x": x, "y": y[:, 0], "batch_size": 32}


@keras.saving.register_keras_serializable("street")
class Loop(keras.Model):
    """A cell called in a Python loop over the steps."""

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self.cell, self.out = layers.GRUCell(16), layers.Dense(1)

    def call(self, x: Any) -> Any:
        state = ops.zeros((ops.shape(x)[0], 16), x.dtype)
        for step in range(x.shape[1]):
            state, _ = self.cell(x[:, step], [state])
        return self.out(state)


@sound()
def loop_over_cell() -> dict:
    """keras.io guides/working_with_rnns, a cell by hand, in a subclassed model."""
    x, y = windows(seasonal(340, 14), 10, 1)
    return {"model": compiled(Loop()), "x": x, "y": y[:, 0], "batch_size": 32}


@sound()
def gru_reset_before() -> dict:
    """keras.io API GRU(reset_after=False), the layout of the paper."""
    x, y = windows(seasonal(340, 14), 16, 1)
    model = stack(keras.Input((16, 1)), layers.GRU(16, reset_after=False), layers.Dense(1))
    return {"model": model, "x": x, "y": y[:, 0], "batch_size": 32}


@sound()
def dropout_everywhere() -> dict:
    """keras.io API LSTM(dropout, recurrent_dropout): at random in training only, GaussianNoise
    too."""
    x, y = windows(many(340, 3), 16, 1)
    model = stack(
        keras.Input((16, 3)),
        layers.GaussianNoise(0.05),
        layers.LSTM(24, dropout=0.1, recurrent_dropout=0.1),
        layers.Dropout(0.1),
        layers.Dense(1),
    )
    return {"model": model, "x": x, "y": y[:, 0, :1], "batch_size": 32}


@sound()
def summed_directions() -> dict:
    """keras.io guides/working_with_rnns, Bidirectional with merge_mode="sum", stacked."""
    x, y = pulses(classes=3, seed=8)
    model = stack(
        keras.Input((32, 1)),
        layers.Bidirectional(layers.LSTM(12, return_sequences=True), merge_mode="sum"),
        layers.Bidirectional(layers.GRU(12), merge_mode="ave"),
        layers.Dense(3, activation="softmax"),
        loss=CLASSES,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def backwards() -> dict:
    """keras.io API go_backwards: the window is read from its end; the answer lies near its
    start."""
    x = np.random.default_rng(0).normal(size=(400, 14, 1)).astype("float32")
    model = stack(keras.Input((14, 1)), layers.LSTM(16, go_backwards=True), layers.Dense(1))
    return {"model": model, "x": x, "y": x[:, 3], "batch_size": 32}


@sound()
def rows_of_a_picture() -> dict:
    """keras.io guides/working_with_rnns: a picture's rows are the steps, LSTM,
    BatchNormalization."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 400)
    x = rng.random((400, 8, 8)) * 0.4
    for picture, kind in zip(x, y, strict=True):
        place = rng.integers(1, 7)
        if kind == 0:
            picture[place] += 1
        elif kind == 1:
            picture[:, place] += 1
        else:
            picture += np.eye(8)[:: 1 if kind == 2 else -1]
    model = stack(
        keras.Input((8, 8)),
        layers.LSTM(24),
        layers.BatchNormalization(),
        layers.Dense(4),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return {"model": model, "x": x.astype("float32"), "y": y, "batch_size": 32}


def _precise(policy: str) -> keras.Model:
    return stack(
        keras.Input((16, 2)),
        layers.LSTM(16, dtype=policy),
        layers.Dense(16, activation="relu", dtype=policy),
        layers.Dense(1, dtype="float32"),
    )


@sound()
def half_precision_b() -> dict:
    """keras.io API mixed_precision: mixed_bfloat16 with a float32 output layer."""
    x, y = windows(many(340, 2), 16, 1)
    return {"model": _precise("mixed_bfloat16"), "x": x, "y": y[:, 0, :1], "batch_size": 32}


@sound()
def half_precision() -> dict:
    """tensorflow.org guide/mixed_precision: mixed_float16 with a float32 output layer."""
    x, y = windows(many(340, 2), 16, 1)
    return {"model": _precise("mixed_float16"), "x": x, "y": y[:, 0, :1], "batch_size": 32}


@sound()
def small_convolution_in_half() -> dict:
    """tensorflow.org guide/mixed_precision over a signal: convolutions and norms in bfloat16."""
    x, y = pulses(seed=9)
    policy = "mixed_bfloat16"
    model = stack(
        keras.Input((32, 1)),
        layers.Conv1D(16, 5, activation="relu", dtype=policy),
        layers.LayerNormalization(dtype=policy),
        layers.GlobalMaxPooling1D(dtype=policy),
        layers.Dense(2, activation="softmax", dtype="float32"),
        loss=CLASSES,
        rate=0.003,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@keras.saving.register_keras_serializable("street")
class Forecaster(keras.Model):
    """Encoder and decoder as layers of a model of one's own."""

    def __init__(self, ahead: int = 6, **settings: Any):
        super().__init__(**settings)
        self.ahead = ahead
        self.encoder = layers.GRU(16, return_sequences=True, return_state=True)
        self.decoder = layers.GRU(16, return_sequences=True)
        self.attend = layers.AdditiveAttention()
        self.out = layers.Dense(1)

    def call(self, x: Any, training: bool = False) -> Any:
        steps, state = self.encoder(x, training=training)
        given = ops.repeat(x[:, -1:], self.ahead, axis=1)
        decoded = self.decoder(given, initial_state=state, training=training)
        return self.out(ops.concatenate([decoded, self.attend([decoded, steps])], -1))


@sound()
def own_model() -> dict:
    """tensorflow.org tutorials, encoder and decoder in a subclassed model, attention over the
    window, not built before the check."""
    x, y = windows(seasonal(330, 14), 18, 6)
    return {"model": compiled(Forecaster()), "x": x, "y": y, "batch_size": 32}


@sound()
def scaled_inside() -> dict:
    """RevIN, openreview.net cGDAkQo1C0p: each window is scaled by itself and the answer scaled
    back; series with a trend."""
    series = np.arange(340) * 0.05 + seasonal(340, 14)
    x, y = windows(series.astype("float32"), 16, 4)
    inputs = keras.Input((16, 1))
    mean = ops.mean(inputs, axis=1, keepdims=True)
    spread = ops.std(inputs, axis=1, keepdims=True) + 1e-3
    outputs = layers.Dense(4)(layers.GRU(16)((inputs - mean) / spread))
    model = compiled(keras.Model(inputs, outputs[..., None] * spread + mean))
    return {"model": model, "x": x, "y": y, "batch_size": 32}
