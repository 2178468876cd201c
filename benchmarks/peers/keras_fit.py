"""Keras's own `fit`, on the backend that KERAS_BACKEND names.

The window job is the tutorial's loop: `fit` once an epoch on that epoch's sequence, one-hot both
ways, then `reset_state()` on the stateful layer. On JAX, Keras 3.15.1 leaves that state at zero in
`fit`, so there the work is a little less. Whole sequences are given to one call of `fit`, which
draws a new batch from them at every update and never sees one twice.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import keras
import numpy as np

from .data import draw, one_hot
from .wire import talk
from .work import Work

LAYERS = {"lstm": "LSTM", "gru": "GRU", "simple-rnn": "SimpleRNN"}


def build(work: Work) -> keras.Model:
    """The recurrent layer and its readout, compiled with Adam."""
    make = getattr(keras.layers, LAYERS[work.cell])
    batch = work.batch if work.window else None
    if work.embedding:
        start = keras.Input(batch_shape=(batch, work.steps), dtype="int32")
        x = keras.layers.Embedding(work.symbols, work.embedding)(start)
    else:
        start = x = keras.Input(batch_shape=(batch, work.steps, work.symbols))
    if work.window:
        x = make(work.units, stateful=True)(x)
    else:
        x = make(work.units, return_sequences=True)(x)[:, work.lag :, :]
    model = keras.Model(start, keras.layers.Dense(work.symbols, activation="softmax")(x))
    model.compile(
        keras.optimizers.Adam(work.learning_rate),
        "categorical_crossentropy" if work.window else "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


class Fit:
    """A Keras model and `fit`."""

    multiple = 1

    def __init__(self, work: Work, options: dict[str, Any]) -> None:
        keras.utils.set_random_seed(work.seed)
        self._work, self._rng = work, np.random.default_rng(work.seed)
        self._model = build(work)
        backend = keras.backend.backend()
        self.about = {
            "parameters": self._model.count_params(),
            "settings": {},
            "versions": {"keras": keras.__version__, backend: sys.modules[backend].__version__},
        }

    def train(self, epochs: int) -> tuple[float, list[tuple[int, float]]]:
        """By epoch for windows, all in one call for whole sequences."""
        work = self._work
        x, y = draw(work, epochs, self._rng)
        if not work.embedding:
            x = one_hot(x, work.symbols)
        fit = self._model.fit
        options = {"batch_size": work.batch, "epochs": 1, "shuffle": False, "verbose": 0}
        if not work.window:
            x, y = x.reshape(-1, *x.shape[3:]), y.reshape(-1, y.shape[3])
            start = time.perf_counter()
            history = fit(x, y, **options)
            seconds = time.perf_counter() - start
            return seconds, [(epochs, float(history.history["loss"][0]))]
        y = one_hot(y, work.symbols)
        x = x.reshape(epochs, -1, *x.shape[3:])
        y = y.reshape(epochs, -1, work.symbols)
        layer = self._model.layers[-2]
        losses = []
        start = time.perf_counter()
        for inputs, targets in zip(x, y, strict=True):
            losses.append(fit(inputs, targets, **options).history["loss"][0])
            layer.reset_state()
        seconds = time.perf_counter() - start
        return seconds, [(1, float(loss)) for loss in losses]


if __name__ == "__main__":
    talk(Fit)
