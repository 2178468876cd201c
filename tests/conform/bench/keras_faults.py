"""Keras layers and models with one planted fault each; without one they are sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

UNITS, KERNEL = 5, 3


class Planting:
    """Holds the name of the fault, and puts it in the configuration."""

    def __init__(self, *args, fault="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fault = fault

    def get_config(self):
        return {**super().get_config(), "fault": self.fault}


class Returning(Planting, keras.layers.GRU):
    """A GRU that takes its state as an argument and returns it."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        """With the fault."""
        state = initial_state
        if self.fault == "mask ignored" or (self.fault == "mask lost with a state" and state):
            mask = None
        if state is not None:
            state = self.spoilt(state[0] if isinstance(state, list | tuple) else state)
        y, after = super().call(sequences, initial_state=state, mask=mask, training=training)
        if self.fault == "in the module":
            self.kept = after
        return y, after

    def spoilt(self, state):
        """A state as the fault makes it."""
        if self.fault == "lost":
            return None
        if self.fault == "one row":
            return [ops.concatenate([state[:1], 0 * state[1:]])]
        if self.fault == "rows permuted":
            return [ops.flip(state, 0)]
        if self.fault == "half precision":
            return [ops.cast(ops.cast(state, "float16"), state.dtype)]
        if self.fault == "detached":
            return [ops.stop_gradient(state)]
        if self.fault == "in the module":
            return [self.kept]
        return [state]


class Convolved(Planting, keras.layers.Layer):
    """A causal convolution whose last inputs are its state, then a sum over time."""

    def build(self, shape):
        """The kernel."""
        self.kernel = self.add_weight(shape=(KERNEL, shape[-1], UNITS), name="kernel")
        self.built = True

    def call(self, x, states=None):
        """Outputs, and (last inputs, sum)."""
        tail = ops.zeros_like(ops.repeat(x[:, :1], KERNEL - 1, 1))
        total = ops.zeros_like(ops.matmul(x[:, 0], self.kernel[0]))
        if states is not None:
            before, total = states
            if self.fault == "convolution one short":
                before = ops.concatenate([0 * before[:, :1], before[:, 1:]], 1)
            tail = tail if self.fault == "convolution lost" else before
            if self.fault == "sum lost":
                total = 0 * total
        padded, steps = ops.concatenate([tail, x], 1), x.shape[1]
        taps = [ops.matmul(padded[:, n : n + steps], self.kernel[n]) for n in range(KERNEL)]
        y = ops.tanh(sum(taps))
        sums = total[:, None] + ops.cumsum(y, 1)
        return y + 0.3 * sums, (padded[:, -(KERNEL - 1) :], sums[:, -1])


class Counted(Planting, keras.layers.Layer):
    """A sum over time and a wave of the position; both are its state."""

    def build(self, shape):
        """The matrix."""
        self.kernel = self.add_weight(shape=(shape[-1], UNITS), name="kernel")
        self.built = True

    def call(self, x, state=None):
        """Outputs, and (number of steps so far, (batch, 1); sum)."""
        drive = ops.matmul(x, self.kernel)
        start, total = (0 * x[:, 0, :1], 0 * drive[:, 0]) if state is None else state
        if state is not None and self.fault == "position off by one":
            start = start - 1
        if self.fault == "position restarts":
            start = 0 * start
        steps = ops.cast(ops.arange(x.shape[1]), x.dtype)
        places = start + steps[None]
        waves = ops.sin(places[..., None] * (1 + ops.cast(ops.arange(UNITS), x.dtype)))
        sums = total[:, None] + ops.cumsum(drive, 1)
        return 0.3 * sums + waves, (start + x.shape[1], sums[:, -1])


class Kept(Planting, keras.layers.GRU):
    """A stateful GRU."""

    def reset_state(self):
        """By the layer's own means."""
        if self.fault != "reset keeps the state":
            super().reset_state()

    def call(self, sequences, initial_state=None, mask=None, training=False):
        """With the fault in what is left."""
        y = super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        state = self.states[0]
        if self.fault == "one row is kept":
            state.assign(ops.concatenate([state[:1], 0 * state[1:]]))
        if self.fault == "state of the first step":
            state.assign(y[:, 0])
        return y


def returning(fault=""):
    """A layer that returns its state."""
    return Returning(UNITS, return_sequences=True, return_state=True, fault=fault)


def kept(fault=""):
    """A stateful layer in a model."""
    layer = Kept(UNITS, return_sequences=True, stateful=True, fault=fault)
    return keras.Sequential([keras.Input(batch_shape=(2, None, 3)), layer])


def stacked(fault=""):
    """Two recurrent layers; with the fault the second one starts anew in each call."""
    first = keras.layers.LSTM(UNITS, return_sequences=True, stateful=True)
    second = keras.layers.GRU(UNITS, return_sequences=True, stateful=not fault)
    return keras.Sequential([keras.Input(batch_shape=(2, None, 3)), first, second])


@dataclass(frozen=True)
class Planted:
    """A fault, and the checks that must find it."""

    make: Callable[[str], Any]
    fault: str
    found: tuple[str, ...]


CUT = ("steps", "chunks")

FAULTS = (
    Planted(returning, "lost", CUT),
    Planted(returning, "one row", CUT),
    Planted(returning, "rows permuted", CUT),
    Planted(returning, "half precision", CUT),
    Planted(returning, "detached", ("gradient",)),
    Planted(returning, "in the module", ("interleave", "between")),
    Planted(returning, "mask ignored", ("pad_left", "pad_chunks")),
    Planted(returning, "mask lost with a state", ("pad_steps",)),
    Planted(lambda fault: Convolved(fault=fault), "convolution lost", CUT),
    Planted(lambda fault: Convolved(fault=fault), "convolution one short", CUT),
    Planted(lambda fault: Convolved(fault=fault), "sum lost", CUT),
    Planted(lambda fault: Counted(fault=fault), "position off by one", CUT),
    Planted(lambda fault: Counted(fault=fault), "position restarts", CUT),
    Planted(kept, "reset keeps the state", ("reset",)),
    Planted(kept, "one row is kept", ("chunks",)),
    Planted(kept, "state of the first step", ("chunks",)),
    Planted(stacked, "one layer restarts", CUT),
)

SOUND = {
    "returning": returning,
    "convolved": Convolved,
    "counted": Counted,
    "kept": kept,
    "stacked": stacked,
}
