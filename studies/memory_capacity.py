"""Memory capacity: how much of a random signal's past a readout finds in a state (Jaeger 2001).

For each lag k the capacity is the squared correlation between a readout's prediction and the input
k steps earlier; the memory capacity MC is their sum. N linear state variables have MC <= N.

Published figures often break that bound for numerical reasons (Ballarin et al. 2023, arXiv
2305.01457). Two of them are avoided here: readouts are judged on steps that they were not fitted
on, and `Capacity.total` takes off what chance alone gives. The squared correlation of n unrelated
pairs is 1/(n - 1) on average, not zero: 200 lags on 1,000 steps make 0.2 out of nothing. The plain
sum, which is what others publish, is kept beside it as `raw`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echospan.measure import Ridge


@dataclass(frozen=True, eq=False)
class Capacity:
    """Memory capacity.

    Attributes:
        by_lag: Squared correlation at each lag, chance taken off (lags,); about 0, and as often
            below it, where nothing is remembered.
        raw: Sum of the squared correlations themselves.
    """

    by_lag: np.ndarray
    raw: float

    @property
    def total(self) -> float:
        """MC: the sum over the lags."""
        return float(self.by_lag.sum())


def memory_capacity(delayed: np.ndarray, predicted: np.ndarray) -> Capacity:
    """Capacity of predictions, on steps that the readouts were not fitted on.

    Args:
        delayed: Numbers (time, lags): the input as many steps earlier, one column per lag. Lag 0,
            the present input, takes no memory and is left out of MC as Jaeger defines it.
        predicted: Numbers (time, lags), the readouts' predictions of them.

    Raises:
        ValueError: The shapes differ, or there are fewer than three steps.
    """
    if delayed.shape != predicted.shape or delayed.ndim != 2 or len(delayed) < 3:
        raise ValueError(
            f"memory_capacity needs two arrays (time, lags) of one shape and at least 3 steps; "
            f"got {delayed.shape} and {predicted.shape}"
        )
    x, y = (
        array - array.mean(axis=0) for array in (delayed.astype(float), predicted.astype(float))
    )
    own = (x**2).sum(axis=0) * (y**2).sum(axis=0)
    # A prediction that never changes explains nothing.
    squared = np.divide((x * y).sum(axis=0) ** 2, own, out=np.zeros(own.shape), where=own > 0)
    chance = 1 / (len(x) - 1)
    # 1 stays 1, what chance alone gives becomes 0.
    return Capacity(by_lag=(squared - chance) / (1 - chance), raw=float(squared.sum()))


def delays(signal: np.ndarray, lags: int) -> np.ndarray:
    """The signal 1, 2, ... `lags` steps earlier (time - lags, lags), from step `lags` on."""
    return np.stack([signal[lags - k : len(signal) - k] for k in range(1, lags + 1)], axis=1)


def ridge(states: np.ndarray, targets: np.ndarray, penalty: float) -> np.ndarray:
    """Linear readouts with an unpenalised offset, by ridge regression.

    Args:
        states: Numbers (time, units).
        targets: Numbers (time, outputs).
        penalty: Added to each squared singular value of the centred states, at least 0.

    Returns:
        Weights (units + 1, outputs); the last row is the offset.
    """
    return np.vstack(Ridge.from_arrays(states, targets).solve(penalty / len(states)))
