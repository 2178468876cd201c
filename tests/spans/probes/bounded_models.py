"""Models whose memory has a known size; each is a function (symbols) -> model."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

SLOTS = 4


def register(symbols: int) -> Any:
    """Hears the last four symbols before the current one; says that it holds 8 bits."""
    start = keras.Input((None, symbols))
    before = [ops.pad(start, ((0, 0), (age, 0), (0, 0)))[:, :-age] for age in range(1, SLOTS + 1)]
    model = keras.Model(start, layers.Dense(symbols)(layers.Concatenate()(before)))
    model.echospan_state_bits = SLOTS * 2
    return model


class Store(layers.Layer):
    """Four slots, filled with every symbol, every second, or every fourth of what came before.

    By the clock, so that a readout knows how old each slot's symbol is: (batch, time, symbols) ->
    (batch, time, 7 * 4 * symbols).
    """

    def call(self, x: Any) -> Any:
        steps = ops.shape(x)[1]
        now = ops.arange(steps) - 1
        found = []
        for stride in (1, 2, 4):
            phase = ops.one_hot(ops.mod(now, stride), stride)
            for slot in range(SLOTS):
                place = (now // stride - slot) * stride
                there = ops.cast(place >= 0, "float32")[None, :, None]
                held = ops.take(x, ops.maximum(place, 0), axis=1) * there
                found += [held * phase[None, :, one, None] for one in range(stride)]
        return ops.concatenate(found, axis=-1)

    def compute_output_shape(self, shape: Any) -> Any:
        return (*shape[:-1], 7 * SLOTS * shape[-1])


def shared_store(symbols: int) -> Any:
    return keras.Sequential([keras.Input((None, symbols)), Store(), layers.Dense(symbols)])
