"""Signals and films with Keras: convolutions, attention, ConvLSTM, a network over each frame."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from doctor.street.sound.case import sound
from doctor.street.sound.keras_parts import compiled, stack
from doctor.street.sound.values import pulses

CLASSES = "sparse_categorical_crossentropy"


@sound()
def three_convolutions() -> dict:
    """keras-team/keras-io examples/timeseries/timeseries_classification_from_scratch.py: three
    convolutions with BatchNormalization, mean over time."""
    x, y = pulses()
    blocks = [
        part
        for _ in range(3)
        for part in (
            layers.Conv1D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
        )
    ]
    model = stack(
        keras.Input((32, 1)),
        *blocks,
        layers.GlobalAveragePooling1D(),
        layers.Dense(2, activation="softmax"),
        loss=CLASSES,
        rate=0.003,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound(epochs=40)
def attention_over_signal() -> dict:
    """keras-team/keras-io examples/timeseries/timeseries_classification_transformer.py:
    attention over one feature without places, then a mean over the features, which keeps the
    time axis. Without the example's norm over a single feature, which makes it constant."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 320)
    x = rng.normal(size=(320, 24, 1)) * 0.5
    x[np.arange(320), np.where(y, 18, 5)] += 3
    inputs = keras.Input((24, 1))
    seen = layers.MultiHeadAttention(2, 8, dropout=0.1)(inputs, inputs)
    hidden = inputs + seen
    inner = layers.Conv1D(1, 1)(layers.Conv1D(4, 1, activation="relu")(hidden))
    pooled = layers.GlobalAveragePooling1D(data_format="channels_first")(hidden + inner)
    outputs = layers.Dense(2, activation="softmax")(layers.Dense(16, activation="relu")(pooled))
    model = compiled(keras.Model(inputs, outputs), CLASSES, 0.003)
    return {"model": model, "x": x.astype("float32"), "y": y, "batch_size": 32}


@sound()
def residual_speaker() -> dict:
    """keras-team/keras-io examples/audio/speaker_recognition_using_cnn.py: residual convolutions
    with pooling, flattened."""
    x, y = pulses(classes=3, seed=1)
    inputs = hidden = keras.Input((32, 1), name="input")
    for width in (8, 16):
        short = layers.Conv1D(width, 1, padding="same")(hidden)
        hidden = layers.Conv1D(width, 3, padding="same", activation="relu")(hidden)
        hidden = layers.Conv1D(width, 3, padding="same")(hidden) + short
        hidden = layers.MaxPooling1D(2, strides=2)(layers.Activation("relu")(hidden))
    hidden = layers.Flatten()(layers.AveragePooling1D(3, strides=3)(hidden))
    outputs = layers.Dense(3, activation="softmax", name="output")(hidden)
    model = compiled(keras.Model(inputs, outputs), CLASSES, 0.003)
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def brain_waves() -> dict:
    """keras-team/keras-io examples/timeseries/eeg_signal_classification.py: strided
    convolutions, dense layers with dropout, class weights."""
    x, y = pulses(steps=48, seed=2)
    model = stack(
        keras.Input((48, 1)),
        layers.Conv1D(16, 3, strides=2, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.Conv1D(16, 3, strides=2, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.Dropout(0.2),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(2, activation="softmax"),
        loss=CLASSES,
        rate=0.003,
    )
    given = {"model": model, "x": x, "y": y, "batch_size": 32}
    return given | {"class_weight": {0: 1.0, 1: 1.2}}


@sound()
def spectrogram() -> dict:
    """tensorflow.org tutorials/audio/simple_audio: a picture of frequencies over time, (samples,
    time, frequency, 1), two-dimensional convolutions."""
    x, y = pulses(steps=64, seed=3)
    frames = np.lib.stride_tricks.sliding_window_view(x[..., 0], 16, axis=1)[:, ::9]
    picture = np.abs(np.fft.rfft(frames * np.hanning(16), axis=-1)).astype("float32")
    model = stack(
        keras.Input((6, 9, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(16, activation="relu"),
        layers.Dense(2),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        rate=0.003,
    )
    return {"model": model, "x": picture[..., None], "y": y, "batch_size": 32}


def _balls(count: int, steps: int) -> tuple[Any, Any]:
    """Films (count, steps, 6, 6, 1) of a dot that goes to the right or down, and which."""
    rng = np.random.default_rng(0)
    down, films = rng.integers(0, 2, count), np.zeros((count, steps, 6, 6, 1), "float32")
    for film, way, (row, column) in zip(films, down, rng.integers(0, 6, (count, 2)), strict=True):
        for step in range(steps):
            film[step, (row + way * step) % 6, (column + (1 - way) * step) % 6] = 1
    return films, down


@sound(epochs=25)
def next_frame() -> dict:
    """keras-team/keras-io examples/vision/conv_lstm.py: at each frame the next one. The output
    layer spans one frame only: the example's Conv3D spans three, and so sees the frame that
    it is asked."""
    films, _ = _balls(96, 7)
    model = stack(
        keras.Input((None, 6, 6, 1)),
        layers.ConvLSTM2D(8, 3, padding="same", return_sequences=True),
        layers.TimeDistributed(layers.Conv2D(1, 3, padding="same", activation="sigmoid")),
        loss="binary_crossentropy",
        rate=0.02,
    )
    return {"model": model, "x": films[:, :-1], "y": films[:, 1:], "batch_size": 16}


@sound()
def film_class() -> dict:
    """keras-team/keras-io examples/vision/video_classification.py in one model: a small network
    over each frame, a GRU over the frames."""
    x, y = _balls(200, 6)
    model = stack(
        keras.Input((6, 6, 6, 1)),
        layers.TimeDistributed(layers.Conv2D(8, 3, activation="relu")),
        layers.TimeDistributed(layers.Flatten()),
        layers.GRU(16),
        layers.Dense(2, activation="softmax"),
        loss=CLASSES,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def masked_frames() -> dict:
    """keras-team/keras-io examples/vision/video_classification.py as it stands: features of
    frames and a boolean mask of the frames that exist, two inputs."""
    rng = np.random.default_rng(0)
    y, lengths = rng.integers(0, 3, 300), rng.integers(4, 11, 300)
    there = np.arange(10) < lengths[:, None]
    x = rng.normal(size=(300, 10, 5)).astype("float32") + np.eye(5)[y][:, None] * 0.7
    x = (x * there[..., None]).astype("float32")
    a, b = keras.Input((10, 5)), keras.Input((10,), dtype="bool")
    hidden = layers.GRU(16, return_sequences=True)(a, mask=b)
    hidden = layers.Dropout(0.4)(layers.GRU(8)(hidden))
    outputs = layers.Dense(3, activation="softmax")(layers.Dense(8, activation="relu")(hidden))
    model = compiled(keras.Model([a, b], outputs), CLASSES)
    return {"model": model, "x": [x, there], "y": y, "batch_size": 32}


@sound()
def causal_blocks() -> dict:
    """locuslab/TCN, arXiv 1803.01271, in Keras: dilated causal residual blocks, class from the
    last step."""
    x, y = pulses(seed=4)
    inputs = hidden = keras.Input((32, 1))
    for rate in (1, 2, 4):
        inner = layers.Conv1D(12, 3, padding="causal", dilation_rate=rate, activation="relu")(
            hidden
        )
        inner = layers.SpatialDropout1D(0.1)(inner)
        hidden = layers.Activation("relu")(inner + layers.Conv1D(12, 1)(hidden))
    outputs = layers.Dense(2, activation="softmax")(hidden[:, -1])
    model = compiled(keras.Model(inputs, outputs), CLASSES, 0.005)
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def convolution_then_lstm() -> dict:
    """keras-team/keras-io examples/timeseries/lstm_vs_cnn_timeseries_classification.py's two
    parts in one model, with spectral normalisation."""
    x, y = pulses(classes=3, seed=5)
    model = stack(
        keras.Input((32, 1)),
        layers.SpectralNormalization(layers.Conv1D(12, 5, activation="relu")),
        layers.MaxPooling1D(2),
        layers.LSTM(16),
        layers.Dense(3, activation="softmax"),
        loss=CLASSES,
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def change_points() -> dict:
    """U-Net over one dimension, as for seismograms (arXiv 1803.03211): a class at each step from
    both sides, with shortcuts."""
    rng = np.random.default_rng(0)
    starts = rng.integers(4, 20, 300)
    y = ((np.arange(32) >= starts[:, None]) & (np.arange(32) < starts[:, None] + 8)).astype("int32")
    x = (y * np.sin(np.arange(32)) * 2 + 0.3 * rng.normal(size=y.shape))[..., None]
    inputs = keras.Input((32, 1))
    wide = layers.Conv1D(8, 5, padding="same", activation="relu")(inputs)
    deep = layers.Conv1D(16, 5, padding="same", activation="relu")(layers.MaxPooling1D(2)(wide))
    joined = layers.Concatenate()([layers.UpSampling1D(2)(deep), wide])
    outputs = layers.Conv1D(2, 5, padding="same", activation="softmax")(joined)
    model = compiled(keras.Model(inputs, outputs), CLASSES)
    return {"model": model, "x": x.astype("float32"), "y": y, "batch_size": 32}


@sound()
def channels_by_ops() -> dict:
    """keras.io guides/functional_api with operations instead of layers: scale per sample, cut,
    join."""
    x, y = pulses(seed=6)
    inputs = keras.Input((32, 1))
    level = inputs - ops.mean(inputs, axis=1, keepdims=True)
    scaled = level / (ops.std(inputs, axis=1, keepdims=True) + 1e-6)
    change = scaled[:, 1:] - scaled[:, :-1]
    joined = ops.concatenate([scaled[:, 1:], change, ops.abs(change)], axis=-1)
    hidden = layers.Conv1D(12, 4, strides=2, activation="relu")(joined)
    outputs = layers.Dense(2, activation="softmax")(layers.GRU(12)(hidden))
    model = compiled(keras.Model(inputs, outputs), CLASSES)
    return {"model": model, "x": x, "y": y, "batch_size": 32}
