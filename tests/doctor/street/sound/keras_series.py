"""Series that forecasts are made for with Keras: clean, seasonal, trending, lags as columns."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from doctor.street.sound.case import sound
from doctor.street.sound.keras_parts import stack
from doctor.street.sound.values import many, seasonal, windows


@sound()
def clean_sine() -> dict:
    """walduk.at/2018/06/18/learning-a-sine-wave-with-lstms: no noise at all, windows of one
    sine, the next value."""
    x, y = windows(seasonal(360, 25, 0.0), 20, 1)
    model = stack(keras.Input((20, 1)), layers.LSTM(16), layers.Dense(1))
    return {"model": model, "x": x, "y": y[:, 0], "batch_size": 32}


@sound()
def clean_sine_far_ahead() -> dict:
    """geek-answers.imtqy.com 1267675 and its like: a noiseless sine, seen for less than a
    period, asked several steps ahead."""
    x, y = windows(seasonal(360, 40, 0.0), 10, 15)
    model = stack(keras.Input((10, 1)), layers.GRU(16), layers.Dense(1))
    return {"model": model, "x": x, "y": y[:, -1], "batch_size": 32}


@sound()
def two_sines() -> dict:
    """The data of pytorch/examples time_sequence_prediction in Keras, with two periods summed."""
    series = seasonal(360, 9, 0.0) + seasonal(360, 31, 0.0)
    x, y = windows(series, 24, 1)
    model = stack(keras.Input((24, 1)), layers.SimpleRNN(16), layers.Dense(1), rate=0.005)
    return {"model": model, "x": x, "y": y[:, 0], "batch_size": 32}


@sound()
def passengers() -> dict:
    """kgptalkie.com airline-passenger-prediction-using-rnn-lstm: monthly, with trend and season,
    scaled to 0..1, windows of one year."""
    month = np.arange(300)
    level = (100 + month) * (1 + 0.2 * np.sin(month * 2 * np.pi / 12))
    x, y = windows(((level - level.min()) / np.ptp(level)).astype("float32"), 12, 1)
    model = stack(keras.Input((12, 1)), layers.LSTM(12), layers.Dense(1))
    return {"model": model, "x": x, "y": y[:, 0], "batch_size": 16}


@sound()
def differences() -> dict:
    """machinelearningmastery.com time-series-forecasting-long-short-term-memory-network-python:
    the change is forecast instead of the level."""
    change = seasonal(361, 10, 0.2)
    x, y = windows(change, 12, 1)
    model = stack(keras.Input((12, 1)), layers.LSTM(12), layers.Dense(1))
    return {"model": model, "x": x, "y": y[:, 0], "batch_size": 32}


@sound()
def weekly_season() -> dict:
    """machinelearningmastery.com how-to-develop-lstm-models-for-time-series-forecasting,
    multi-step: daily values with a week's pattern, two weeks seen, a week asked."""
    rng = np.random.default_rng(0)
    pattern = np.array([0.2, 0.1, 0.0, 0.1, 0.5, 1.0, 0.8], "float32")
    series = np.tile(pattern, 50) + 0.05 * rng.normal(size=350).astype("float32")
    x, y = windows(series, 14, 7)
    model = stack(keras.Input((14, 1)), layers.LSTM(16), layers.Dense(7))
    return {"model": model, "x": x, "y": y[..., 0], "batch_size": 32}


@sound()
def windows_apart() -> dict:
    """discuss.pytorch.org 175731, windows that share no step."""
    x, y = windows(seasonal(4800, 14), 12, 12, stride=12)
    model = stack(keras.Input((12, 1)), layers.Flatten(), layers.Dense(12), layers.Reshape((12, 1)))
    return {"model": model, "x": x, "y": y, "batch_size": 16}


@sound()
def lags_as_columns() -> dict:
    """machinelearningmastery.com time-series-forecasting-supervised-learning: a lag table
    (samples, lags) into dense layers."""
    x, y = windows(seasonal(360, 14), 10, 1)
    model = stack(keras.Input((10,)), layers.Dense(16, activation="relu"), layers.Dense(1))
    return {"model": model, "x": x[..., 0], "y": y[:, 0], "batch_size": 32}


@sound()
def lags_in_one_step() -> dict:
    """machinelearningmastery.com
    time-series-prediction-lstm-recurrent-neural-networks-python-keras: rows (1, lags), one
    step whose features are the lags; it works where the lags are enough."""
    x, y = windows(seasonal(360, 14), 8, 1)
    model = stack(keras.Input((1, 8)), layers.LSTM(12), layers.Dense(1))
    return {"model": model, "x": x.swapaxes(1, 2), "y": y[:, 0], "batch_size": 32}


@sound()
def autoregression() -> dict:
    """No site, the textbook AR(2): the next value from 6 lags, where a part of the variance is
    noise."""
    rng = np.random.default_rng(0)
    series = np.zeros(406)
    for step in range(2, 406):
        series[step] = 1.2 * series[step - 1] - 0.6 * series[step - 2] + rng.normal() * 0.5
    x, y = windows(series.astype("float32"), 6, 1)
    model = stack(keras.Input((6, 1)), layers.GRU(8), layers.Dense(1))
    return {"model": model, "x": x, "y": y[:, 0], "batch_size": 32}


@sound()
def reversed_lag() -> dict:
    """No site, the plain delay task: white noise, and the answer is the value 5 steps before the
    end."""
    x = np.random.default_rng(0).normal(size=(400, 12, 1)).astype("float32")
    model = stack(keras.Input((12, 1)), layers.LSTM(16), layers.Dense(1))
    return {"model": model, "x": x, "y": x[:, -6], "batch_size": 32}


@sound(epochs=40)
def adding_problem() -> dict:
    """locuslab/TCN TCN/adding_problem: the sum of the two values that are marked."""
    rng = np.random.default_rng(0)
    value, mark = rng.random((400, 12)), np.zeros((400, 12))
    for row in mark:
        row[rng.choice(12, 2, replace=False)] = 1
    x = np.stack([value, mark], -1).astype("float32")
    y = (value * mark).sum(1, keepdims=True).astype("float32")
    model = stack(keras.Input((12, 2)), layers.LSTM(24), layers.Dense(1), rate=0.02)
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def cnn_lstm() -> dict:
    """machinelearningmastery.com how-to-develop-lstm-models-for-time-series-forecasting,
    CNN-LSTM: the window is cut into 3 parts, a convolution over each, an LSTM over the parts."""
    x, y = windows(seasonal(330, 14), 18, 1)
    inner = [layers.Conv1D(8, 3, activation="relu"), layers.MaxPooling1D(2), layers.Flatten()]
    model = stack(
        keras.Input((3, 6, 1)),
        *[layers.TimeDistributed(part) for part in inner],
        layers.LSTM(12),
        layers.Dense(1),
    )
    return {"model": model, "x": x.reshape(-1, 3, 6, 1), "y": y[:, 0], "batch_size": 32}


@sound()
def two_horizons() -> dict:
    """keras.io guides/functional_api, two outputs: the next value and the one 6 steps on."""
    x, y = windows(many(330, 2), 16, 6)
    inputs = keras.Input((16, 2))
    hidden = layers.LSTM(16)(inputs)
    near, far = layers.Dense(2, name="near")(hidden), layers.Dense(2, name="far")(hidden)
    model = keras.Model(inputs, {"near": near, "far": far})
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss={"near": "mse", "far": "mse"})
    return {"model": model, "x": x, "y": {"near": y[:, 0], "far": y[:, 5]}, "batch_size": 32}
