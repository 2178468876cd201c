"""The one place where a lag is defined."""

from __future__ import annotations

from typing import Any

MISSING = -1
"""Stands for "no value here": a masked step in an input, an unscored step in a target."""


def lagged(values: Any, lag: int) -> Any:
    """The target of every step: the input ``lag`` steps earlier.

    The target at step t is the value at step t - lag; lag 0 is the identity. The first ``lag``
    steps have no target and hold `MISSING`.

    Args:
        values: Integers (sequences, time), NumPy or JAX.
        lag: Steps back, at least 0.

    Returns:
        Integers (sequences, time) in the same kind of array.
    """
    xp = values.__array_namespace__()
    length = values.shape[1]
    unscored = xp.full((values.shape[0], min(lag, length)), MISSING, dtype=values.dtype)
    return xp.concat([unscored, values[:, : max(length - lag, 0)]], axis=1)
