"""What a model may see of a series before a target."""

from __future__ import annotations

import numpy as np

from echospan.lookback.folds import FloatArray, IntArray


def visible(inputs: FloatArray, rows: IntArray, lookback: int, horizon: int) -> FloatArray:
    """The values that lookback L shows: those at t-h, t-h-1, ..., t-h-L+1.

    Args:
        inputs: Values (time, columns).
        rows: Indices of targets (rows,).
        lookback: Steps that are visible.
        horizon: Steps between the newest visible value and the target.

    Returns:
        An array (rows, lookback * columns), the newest step first, so that the first ones of its
        columns are what a shorter lookback shows.
    """
    steps = rows[:, None] - horizon - np.arange(lookback)[None, :]
    windows: FloatArray = inputs[steps].reshape(len(rows), lookback * inputs.shape[1])
    return windows


def relative(windows: FloatArray, columns: int) -> FloatArray:
    """The windows with the target's own values as differences from the newest of them.

    Args:
        windows: As `visible` returns them; column 0 of each step is the target's own.
        columns: Columns of the series.

    Returns:
        An array of the same shape; the newest value itself becomes zero.
    """
    changed = windows.copy()
    changed[:, ::columns] -= windows[:, :1]
    return changed
