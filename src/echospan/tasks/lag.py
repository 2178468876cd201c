"""The one place where a lag is defined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from echospan.namespace import namespace
from echospan.tasks.base import Task

MISSING = -1
"""Stands for "no value here": a masked step in an input, an unscored step in a target. Among real
numbers, where -1 is a value like any other, NaN stands for it."""


def absent(values: Any) -> Any:
    """Where nothing stands: true for `MISSING` among integers, for NaN among real numbers.

    Example:
        >>> echospan.tasks.absent(np.array([3, -1, 0]))
        array([False,  True, False])
    """
    xp = namespace(values)
    return xp.isnan(values) if xp.isdtype(values.dtype, "real floating") else values == MISSING


def nothing(dtype: Any, xp: Any) -> Any:
    """The value of that type which `absent` finds."""
    return xp.nan if xp.isdtype(dtype, "real floating") else MISSING


def lagged(values: Any, lag: Any) -> Any:
    """The target of every step: the input ``lag`` steps earlier.

    The target at step t is the value at step t - lag; lag 0 is the identity. The first ``lag``
    steps have no target and hold `MISSING`, or NaN among real numbers.

    Args:
        values: Integers or numbers (sequences, time), NumPy or JAX.
        lag: Steps back, at least 0. It may be a traced integer: a compiled program then serves
            every lag.

    Returns:
        Targets (sequences, time) in the same kind of array.

    Example:
        >>> echospan.tasks.lagged(np.array([[34, 12, 99, 7]]), 1)
        array([[-1, 34, 12, 99]])
    """
    xp = namespace(values)
    fill = nothing(values.dtype, xp)
    if not isinstance(lag, int):
        steps = xp.arange(values.shape[1]) - lag
        earlier = xp.take(values, xp.maximum(steps, 0), axis=1)
        return xp.where(steps < 0, xp.asarray(fill, dtype=values.dtype), earlier)
    length = values.shape[1]
    unscored = xp.full((values.shape[0], min(lag, length)), fill, dtype=values.dtype)
    return xp.concat([unscored, values[:, : max(length - lag, 0)]], axis=1)


class LagTask(Task):
    """A task with a `lag` in sequences of a `length`: the lag is its distance."""

    if TYPE_CHECKING:
        lag: int
        length: int

    @property
    def reach(self) -> int:
        """The lag."""
        return self.lag

    @property
    def distance(self) -> int:
        """The lag."""
        return self.lag

    def at_distance(self, distance: int) -> Self:
        """Another lag; sequences are at least twice as long, so that half the steps are scored."""
        return self.replace(lag=distance, length=max(self.length, 2 * distance))
