"""Fresh data for a peer, as integers; drawn before its clock starts."""

from __future__ import annotations

import numpy as np

from .work import Work


def draw(work: Work, epochs: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets of some epochs.

    Returns:
        Inputs (epochs, updates, batch, steps); targets (epochs, updates, batch) for windows, and
        (epochs, updates, batch, steps - lag) for whole sequences, whose first `lag` steps have
        none.
    """
    if not work.window:
        values = rng.integers(
            work.symbols, size=(epochs, 1, work.batch, work.length), dtype="int32"
        )
        return values, values[..., : work.length - work.lag]
    values = rng.integers(work.symbols, size=(epochs, work.length), dtype="int32")
    windows = np.lib.stride_tricks.sliding_window_view(values, work.window, axis=1)[:, 1:]
    shape = (epochs, work.updates, work.batch, work.window)
    samples = np.ascontiguousarray(windows[:, : work.updates * work.batch]).reshape(shape)
    return samples, np.ascontiguousarray(samples[..., -1 - work.lag])


def one_hot(symbols: np.ndarray, width: int) -> np.ndarray:
    """Integers (...) -> floats (..., width)."""
    vectors = np.zeros((*symbols.shape, width), "float32")
    np.put_along_axis(vectors, symbols[..., None].astype("int64"), 1.0, axis=-1)
    return vectors
