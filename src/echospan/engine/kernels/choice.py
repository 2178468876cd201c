"""Which implementation of a cell runs: the first in the table that takes the arrays."""

from __future__ import annotations

from typing import Literal

import jax

from echospan.engine.kernels import gru, lstm, simple_rnn
from echospan.engine.kernels.native import cells, library
from echospan.engine.kernels.recurrence import Implementation, Projected

Cell = Literal["lstm", "gru", "gru-reset-before", "simple-rnn"]

PURE_JAX: dict[Cell, Implementation] = {
    "lstm": lstm.PURE_JAX,
    "gru": gru.PURE_JAX,
    "gru-reset-before": gru.RESET_BEFORE_PURE_JAX,
    "simple-rnn": simple_rnn.PURE_JAX,
}
"""They take every shape, every device and every float type."""


COMPILED: dict[Cell, Implementation] = {
    "lstm": cells.LSTM,
    "gru": cells.GRU,
    "simple-rnn": cells.SIMPLE_RNN,
}
"""They take float32 on the CPU, where their library can be loaded."""


def compiles(*arrays: Projected) -> bool:
    """Whether the compiled library takes arrays like these: float32 on the CPU, none empty."""
    fits = all(array.dtype == "float32" and array.size > 0 for array in arrays)
    return fits and jax.default_backend() == "cpu" and library.library() is not None


def choose(cell: Cell, projected: Projected, units: int) -> Implementation:
    """The implementation of `cell` for inputs of this shape (time, batch, gates * units)."""
    if cell in COMPILED and compiles(projected):
        return COMPILED[cell]
    return PURE_JAX[cell]
