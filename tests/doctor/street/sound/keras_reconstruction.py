"""The sequence itself, or a transcript of it, with Keras: autoencoders, denoising, CTC."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from doctor.street.sound.case import sound
from doctor.street.sound.keras_parts import compiled, stack
from doctor.street.sound.values import pulses, seasonal, windows


@sound()
def reconstruction() -> dict:
    """keras-team/keras-io examples/timeseries/timeseries_anomaly_detection.py: strided
    convolutions and back, the window itself is the target."""
    x, _ = windows(seasonal(360, 16), 32, 1)
    model = stack(
        keras.Input((32, 1)),
        layers.Conv1D(16, 7, padding="same", strides=2, activation="relu"),
        layers.Dropout(0.2),
        layers.Conv1D(8, 7, padding="same", strides=2, activation="relu"),
        layers.Conv1DTranspose(8, 7, padding="same", strides=2, activation="relu"),
        layers.Dropout(0.2),
        layers.Conv1DTranspose(16, 7, padding="same", strides=2, activation="relu"),
        layers.Conv1DTranspose(1, 7, padding="same"),
        rate=0.003,
    )
    return {"model": model, "x": x, "y": x, "batch_size": 32}


@sound(epochs=25)
def recurrent_reconstruction() -> dict:
    """machinelearningmastery.com/lstm-autoencoders: code of the whole window, repeated, decoded."""
    x, _ = windows(seasonal(330, 12, 0.05), 12, 1)
    model = stack(
        keras.Input((12, 1)),
        layers.LSTM(16),
        layers.RepeatVector(12),
        layers.LSTM(16, return_sequences=True),
        layers.TimeDistributed(layers.Dense(1)),
    )
    return {"model": model, "x": x, "y": x, "batch_size": 32}


@sound()
def denoising() -> dict:
    """keras.io examples/vision/autoencoder.py's denoising in one dimension: the noisy signal in,
    the clean one out, seen from both sides."""
    clean, _ = windows(seasonal(360, 16, 0.0), 24, 1)
    noise = np.random.default_rng(0).normal(size=clean.shape)
    model = stack(
        keras.Input((24, 1)),
        layers.Bidirectional(layers.GRU(12, return_sequences=True)),
        layers.Dense(1),
    )
    x = (clean + 0.4 * noise).astype("float32")
    return {"model": model, "x": x, "y": clean, "batch_size": 32}


def _ctc(targets: Any, outputs: Any) -> Any:
    rows, steps = ops.shape(outputs)[0], ops.shape(outputs)[1]
    return ops.mean(
        ops.ctc_loss(
            ops.cast(targets, "int32"),
            outputs,
            ops.full((rows,), 3, "int32"),
            ops.full((rows,), steps, "int32"),
            mask_index=0,
        )
    )


@sound(epochs=30, constant=lambda y: 3 * float(np.log(3)))
def speech_to_letters() -> dict:
    """keras-team/keras-io examples/audio/ctc_asr.py: a strided convolution, a bidirectional GRU,
    a CTC loss; 24 frames in, 12 out, 3 letters asked. Three letters of 3 kinds, known
    lengths: no constant answer can do better than 3 log 3."""
    rng = np.random.default_rng(0)
    y = rng.integers(1, 4, (320, 3)).astype("int32")
    x = 0.2 * rng.normal(size=(320, 24, 4))
    for row, letters in enumerate(y):
        for place, letter in enumerate(letters):
            start = 8 * place + rng.integers(0, 4)
            x[row, start : start + 4, letter] += 1
    model = stack(
        keras.Input((24, 4)),
        layers.Conv1D(16, 3, strides=2, padding="same", activation="relu"),
        layers.Bidirectional(layers.GRU(12, return_sequences=True)),
        layers.Dense(4),
        loss=_ctc,
    )
    return {"model": model, "x": x.astype("float32"), "y": y, "batch_size": 32}


@sound(epochs=25)
def variational() -> dict:
    """keras.io examples/generative/vae.py over windows: the code is drawn at random in training
    only, a second loss keeps it near a normal distribution."""
    x, _ = pulses(300, 16)

    class Draw(layers.Layer):
        def __init__(self, **settings: Any):
            super().__init__(**settings)
            self.seeds = keras.random.SeedGenerator(0)

        def call(self, parts: Any, training: bool = False) -> Any:
            mean, spread = parts
            self.add_loss(0.001 * ops.mean(mean**2 + ops.exp(spread) - spread - 1))
            if not training:
                return mean
            noise = keras.random.normal(ops.shape(mean), dtype=mean.dtype, seed=self.seeds)
            return mean + ops.exp(0.5 * spread) * noise

    inputs = keras.Input((16, 1))
    hidden = layers.Dense(32, activation="relu")(layers.Flatten()(inputs))
    code = Draw()([layers.Dense(6)(hidden), layers.Dense(6)(hidden)])
    outputs = layers.Dense(16)(layers.Dense(32, activation="relu")(code))
    model = compiled(keras.Model(inputs, layers.Reshape((16, 1))(outputs)))
    return {"model": model, "x": x, "y": x, "batch_size": 32}
