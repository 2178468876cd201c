"""Whether any past helps in a short series: the held-out gain against that of shuffled copies.

The bootstrap is conservative there, since it must allow for what other training rows would have
changed. Shuffled copies train on as few rows, and have nothing to remember. What is compared is
the gain in units of its standard error, which a burst of large values does not inflate.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from echospan.lookback.folds import FloatArray
from echospan.lookback.seen import Seen

COPIES = 99
SHORT = 1_000
"""Values below which copies are shuffled."""


def strongest(losses: dict[int, FloatArray]) -> float:
    """The largest gain over the best constant, in units of its standard error, over lookbacks."""
    found = [-np.inf]
    for lookback, loss in losses.items():
        if lookback:
            gain = losses[0] - loss
            error = gain.std() / np.sqrt(len(gain))
            found.append(float(gain.mean() / error) if error > 0 else 0.0)
    return max(found)


def permutation(
    losses: Callable[[Seen], dict[int, FloatArray]],
    seen: Seen,
    copies: int,
    seed: int,
    stop: Callable[[], bool] | None = None,
) -> tuple[float, float]:
    """The p-value of "the past says nothing", and the gain that 95 % of shuffled copies stay below.

    Args:
        losses: The held-out losses (rows,) by lookback, of what is seen and asked.
        seen: What is; copies are shuffled.
        copies: How many shuffled copies.
        seed: Of the shuffles.
        stop: Asked between two copies.
    """
    found = strongest(losses(seen))
    rng = np.random.default_rng([seed, 7])
    null = []
    for _ in range(copies):
        null.append(strongest(losses(seen.shuffled(rng))))
        if stop is not None and stop():
            break
    reached = sum(one >= found for one in null)
    return (1 + reached) / (1 + len(null)), float(np.quantile(null, 0.95))
