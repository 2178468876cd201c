"""Forecasts with Keras: one value, blocks as long as the window or not, several inputs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from doctor.street.sound.case import sound
from doctor.street.sound.keras_parts import compiled, stack
from doctor.street.sound.values import many, seasonal, windows

TUTORIAL = "tensorflow.org tutorials/structured_data/time_series"


@sound()
def weather_one_value() -> dict:
    """keras-team/keras-io examples/timeseries/timeseries_weather_forecasting.py: windows of
    several measured features, the temperature 12 steps after the window."""
    x, y = windows(many(360, 4), 20, 12)
    model = stack(keras.Input((20, 4)), layers.LSTM(16), layers.Dense(1))
    return {"model": model, "x": x, "y": y[:, -1, 1:2], "batch_size": 32}


@sound()
def traffic_graph() -> dict:
    """keras-team/keras-io examples/timeseries/timeseries_traffic_forecasting.py: x (T, roads,
    1), neighbours are mixed, an LSTM shared by all roads, y (h, roads)."""
    x, y = windows(many(260, 5), 12, 3)
    near = np.eye(5, dtype="float32") + np.eye(5, k=1, dtype="float32") + np.eye(5, k=-1)

    @keras.saving.register_keras_serializable("street")
    class Graph(layers.Layer):
        def __init__(self, **settings: Any):
            super().__init__(**settings)
            self.own, self.others = layers.Dense(6), layers.Dense(6)
            self.lstm, self.out = layers.LSTM(16), layers.Dense(3)

        def call(self, given: Any) -> Any:
            roads = ops.transpose(given, (0, 2, 1, 3))
            mixed = ops.einsum("ij,bjtf->bitf", ops.cast(near / 3, given.dtype), roads)
            joined = ops.concatenate([self.own(roads), self.others(mixed)], -1)
            last = self.lstm(ops.reshape(joined, (-1, 12, 12)))
            return ops.transpose(ops.reshape(self.out(last), (-1, 5, 3)), (0, 2, 1))

    inputs = keras.Input((12, 5, 1))
    model = compiled(keras.Model(inputs, Graph()(inputs)))
    return {"model": model, "x": x[..., None], "y": y, "batch_size": 32}


@sound()
def block_encoder_decoder() -> dict:
    """github.com/jaehyeongAN/LSTM-Autoencoder-for-Anomaly-Detection, prediction by encoder and
    decoder: n values, the n after them."""
    x, y = windows(seasonal(340, 14), 12, 12)
    model = stack(
        keras.Input((12, 1)),
        layers.LSTM(16),
        layers.RepeatVector(12),
        layers.LSTM(16, return_sequences=True),
        layers.TimeDistributed(layers.Dense(1)),
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def block_dense() -> dict:
    """zhouhaoyi/Informer2020's 96 -> 96 with the plain baseline of arXiv 2205.13504: one dense
    layer over the window."""
    x, y = windows(seasonal(340, 14), 16, 16)
    model = stack(keras.Input((16, 1)), layers.Flatten(), layers.Dense(16), layers.Reshape((16, 1)))
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def block_bidirectional() -> dict:
    """discuss.pytorch.org 175731, second layout, in Keras: a bidirectional LSTM reads the whole
    window, whose n outputs are the n values that follow."""
    x, y = windows(seasonal(340, 14), 12, 12)
    model = stack(
        keras.Input((12, 1)),
        layers.Bidirectional(layers.LSTM(12, return_sequences=True)),
        layers.TimeDistributed(layers.Dense(1)),
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def block_shorter() -> dict:
    """machinelearningmastery.com how-to-develop-lstm-models-for-time-series-forecasting,
    multivariate multi-step: 24 steps of several features, the next 6 of one."""
    x, y = windows(many(320, 3), 24, 6)
    model = stack(keras.Input((24, 3)), layers.LSTM(16), layers.Dense(6))
    return {"model": model, "x": x, "y": y[:, :, 0], "batch_size": 32}


@sound()
def block_longer() -> dict:
    """thuml/Time-Series-Library's 96 -> 192 kind: the block is longer than the window."""
    x, y = windows(seasonal(320, 12), 12, 24)
    model = stack(keras.Input((12, 1)), layers.LSTM(16), layers.Dense(24))
    return {"model": model, "x": x, "y": y[..., 0], "batch_size": 32}


@sound()
def single_shot() -> dict:
    """TensorFlow tutorial time_series, "single-shot": LSTM, a dense layer that starts at zero,
    the next 24 steps of all features from 24."""
    x, y = windows(many(330, 3), 24, 24)
    model = stack(
        keras.Input((24, 3)),
        layers.LSTM(16),
        layers.Dense(24 * 3, kernel_initializer="zeros"),
        layers.Reshape((24, 3)),
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def wide_window() -> dict:
    """TensorFlow tutorial time_series, "wide window": at each of 24 steps the value one step on."""
    x, _ = windows(many(330, 3), 25, 1)
    model = stack(keras.Input((24, 3)), layers.LSTM(16, return_sequences=True), layers.Dense(1))
    return {"model": model, "x": x[:, :-1], "y": x[:, 1:, 1:2], "batch_size": 32}


@sound()
def convolved_window() -> dict:
    """TensorFlow tutorial time_series, "convolution": an unpadded kernel of 3, so that 26 inputs
    answer for 24 labels."""
    x, _ = windows(many(330, 3), 27, 1)
    model = stack(
        keras.Input((26, 3)),
        layers.Conv1D(16, 3, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1),
    )
    return {"model": model, "x": x[:, :26], "y": x[:, 3:, 1:2], "batch_size": 32}


@keras.saving.register_keras_serializable("street")
class Feedback(keras.Model):
    """Reads the window, then goes on with its own answers."""

    def __init__(self, ahead: int, features: int, **settings: Any):
        super().__init__(**settings)
        self.ahead, self.cell = ahead, layers.LSTMCell(16)
        self.warm, self.out = layers.RNN(self.cell, return_state=True), layers.Dense(features)

    def call(self, x: Any, training: bool = False) -> Any:
        hidden, *state = self.warm(x)
        answers = [self.out(hidden)]
        for _ in range(1, self.ahead):
            hidden, state = self.cell(answers[-1], states=state, training=training)
            answers.append(self.out(hidden))
        return ops.stack(answers, 1)

    def get_config(self) -> dict:
        return {"ahead": self.ahead, "features": self.out.units}


@sound()
def feedback() -> dict:
    """TensorFlow tutorial time_series, "autoregressive RNN": a cell that is warmed up on the
    window and fed with its own answers, as many as the window has."""
    x, y = windows(many(260, 2), 10, 10)
    return {"model": compiled(Feedback(10, 2)), "x": x, "y": y, "batch_size": 32}


@sound()
def next_values_at_each_step() -> dict:
    """ageron/handson-ml3 chapter 15: at every step the 8 values that follow it, so y is
    (samples, time, 8)."""
    x, y = windows(seasonal(320, 14), 20, 8)
    whole = np.concatenate([x, y], 1)[..., 0]
    ahead = np.lib.stride_tricks.sliding_window_view(whole, 8, axis=1)[:, 1:].copy()
    model = stack(keras.Input((20, 1)), layers.GRU(16, return_sequences=True), layers.Dense(8))
    return {"model": model, "x": x, "y": ahead, "batch_size": 32}


@sound()
def wavenet() -> dict:
    """ageron/handson-ml2 chapter 15, simplified WaveNet: causal dilated convolutions, the next
    value at each step."""
    x, _ = windows(seasonal(330, 14), 25, 1)
    model = stack(
        keras.Input((24, 1)),
        *[
            layers.Conv1D(12, 2, padding="causal", activation="relu", dilation_rate=rate)
            for rate in (1, 2, 4, 8)
        ],
        layers.Conv1D(1, 1),
    )
    return {"model": model, "x": x[:, :-1], "y": x[:, 1:], "batch_size": 32}


@sound()
def nbeats() -> dict:
    """N-BEATS, arXiv 1905.10437: blocks that take away what they explain and add up forecasts."""
    x, y = windows(seasonal(320, 14), 18, 6)
    inputs = keras.Input((18,))
    left, total = inputs, 0.0
    for _ in range(3):
        hidden = layers.Dense(24, activation="relu")(layers.Dense(24, activation="relu")(left))
        left = left - layers.Dense(18)(hidden)
        total = total + layers.Dense(6)(hidden)
    model = compiled(keras.Model(inputs, total))
    return {"model": model, "x": x[..., 0], "y": y[..., 0], "batch_size": 32}


@sound()
def known_future() -> dict:
    """Temporal Fusion Transformer's inputs, arXiv 1912.09363: past values, calendar values of
    the steps to forecast, a number that holds for the whole sample."""
    rng = np.random.default_rng(0)
    series, calendar = seasonal(320, 14), rng.normal(size=(320, 2)).astype("float32")
    past, ahead = windows(series + calendar[:, 0], 14, 7)
    future = windows(calendar, 14, 7)[1]
    static = rng.normal(size=(len(past), 3)).astype("float32")
    a, b, c = keras.Input((14, 1)), keras.Input((7, 2)), keras.Input((3,))
    context = layers.Concatenate()([layers.LSTM(16)(a), layers.Dense(4)(c)])
    joined = layers.Concatenate()([layers.RepeatVector(7)(context), b])
    decoded = layers.LSTM(16, return_sequences=True)(joined)
    model = compiled(keras.Model([a, b, c], layers.Dense(1)(decoded)))
    return {"model": model, "x": [past, future, static], "y": ahead, "batch_size": 32}


def _pinball(targets: Any, outputs: Any) -> Any:
    levels = ops.convert_to_tensor(np.array([0.1, 0.5, 0.9], "float32"))
    off = targets - outputs
    return ops.mean(ops.maximum(levels * off, (levels - 1) * off))


def _best_quantiles(y: Any) -> float:
    off = [y - np.quantile(y, level) for level in (0.1, 0.5, 0.9)]
    return float(
        np.mean(
            [
                np.maximum(q * o, (q - 1) * o).mean()
                for q, o in zip((0.1, 0.5, 0.9), off, strict=True)
            ]
        )
    )


@sound(constant=_best_quantiles)
def quantiles() -> dict:
    """keras.io API losses, with a function of one's own: three quantiles of one value, y
    (samples, 1) spread over them on purpose."""
    x, y = windows(seasonal(330, 14, 0.2), 16, 1)
    model = stack(keras.Input((16, 1)), layers.GRU(16), layers.Dense(3), loss=_pinball)
    return {"model": model, "x": x, "y": y[:, 0], "batch_size": 32}


@sound()
def batches_by_number() -> dict:
    """keras.io API keras.utils.PyDataset: windows cut batch by batch."""
    series = many(330, 2)

    class Cut(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 9

        def __getitem__(self, number: int) -> Any:
            starts = range(number * 32, number * 32 + 32)
            x = np.stack([series[start : start + 20] for start in starts])
            return x, np.stack([series[start + 20, :1] for start in starts])

    return {"model": stack(keras.Input((20, 2)), layers.LSTM(16), layers.Dense(1)), "x": Cut()}
