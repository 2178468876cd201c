"""A user's own model that would not fit is refused before anything of it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import echospan
from echospan.engine.room import require_room, room_of
from echospan.engine.samples import samples
from echospan.errors import OutOfMemory
from echospan.limits import given_consent, memory

X = np.zeros((32, 20, 4), "float32")
SYMBOLS = np.zeros((32, 20), "int32")
Y = np.zeros((32, 1), "float32")
GIB = 1 << 30


def sequential(*layers: str) -> Any:
    import keras

    made = [eval(layer, {"layers": keras.layers}) for layer in layers]
    model = keras.Sequential(made)
    model.compile("adam", "mse")
    return model


GIANTS = {
    "lstm": (["layers.LSTM(100_000)", "layers.Dense(1)"], X),
    "cells": (["layers.RNN(layers.GRUCell(100_000))", "layers.Dense(1)"], X),
    "both ways": (["layers.Bidirectional(layers.LSTM(50_000))", "layers.Dense(1)"], X),
    "dense": (["layers.Flatten()", "layers.Dense(2_000_000_000)"], X),
    "embedding": (["layers.Embedding(10**10, 64)", "layers.LSTM(4)"], SYMBOLS),
    "convolution": (['layers.Conv1D(100_000, 5_000, padding="same")'] * 2, X),
}


@pytest.mark.parametrize("verb", ["fit", "predict", "evaluate", "check"])
@pytest.mark.parametrize("giant", GIANTS)
def test_a_giant_that_is_not_built_is_refused(giant, verb):
    layers, x = GIANTS[giant]
    model = sequential(*layers)
    arguments = (x,) if verb == "predict" else (x, Y)
    with pytest.raises(OutOfMemory, match=r"needs about .*B of memory; .* are free\. --yes"):
        getattr(echospan, verb)(model, *arguments)
    assert not model.built


def calls() -> dict[str, Callable[[Any, dict[str, Any]], Any]]:
    long = np.zeros((100_000, 50, 1), "float32")
    return {
        "fit": lambda model, more: echospan.fit(model, long, long, batch_size=100_000, **more),
        "predict": lambda model, more: echospan.predict(model, long, batch_size=100_000, **more),
        "evaluate": lambda model, more: echospan.evaluate(
            model, long, long, batch_size=100_000, **more
        ),
    }


@pytest.mark.parametrize("verb", calls())
def test_what_a_batch_leaves_in_the_layers_counts(verb, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 2 * GIB)
    model = sequential("layers.GRU(64, return_sequences=True)", "layers.Dense(1)")
    model.build((None, 50, 1))
    with pytest.raises(OutOfMemory, match=r"on these arrays needs about"):
        calls()[verb](model, {})


def test_consent_lifts_the_limit_and_small_work_needs_none(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 1)
    small = sequential("layers.LSTM(8)", "layers.Dense(1)")
    require_room(small, samples(X, Y), 32, "Training", "train")
    giant = sequential("layers.LSTM(100_000)", "layers.Dense(1)")
    with given_consent(True):
        require_room(giant, samples(X, Y), 32, "Training", "train")


def test_looking_at_a_model_leaves_no_trace():
    import random

    import keras

    random.seed(3)
    expected = random.random()
    random.seed(3)
    model = sequential("layers.LSTM(2000)", "layers.Dropout(0.5)", "layers.Dense(3)")
    random.seed(3)
    room = room_of(model, X)
    assert random.random() == expected
    assert not model.built
    assert room.parameters == room.made == 4 * 2000 * (4 + 2000 + 1) + 3 * 2001
    assert room.answer == 3
    assert keras.Sequential([keras.layers.Dense(2)])(X).shape == (32, 20, 2)


def test_a_check_of_functions_whose_parameters_are_giant_is_refused():
    import jax.numpy as jnp

    def init(key: Any) -> Any:
        return {"w": jnp.zeros((400_000, 400_000))}

    def apply(params: Any, x: Any) -> Any:
        return x

    with pytest.raises(OutOfMemory, match=r"needs about"):
        echospan.check((init, apply), X, X)


@pytest.mark.parametrize("rows", [10_000_000])
def test_a_check_of_giant_batches_is_refused(rows):
    model = sequential("layers.Flatten()", "layers.Dense(1)")
    import keras

    stateful = keras.Sequential(
        [keras.Input(batch_shape=(rows, 20, 4)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    stateful.compile("adam", "mse")
    with pytest.raises(OutOfMemory, match=r"batches of 10,000,000 samples needs about"):
        echospan.check(stateful, X, Y, batch_size=rows)
    assert echospan.check(model, X, Y).findings is not None
