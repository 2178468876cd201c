"""How large a difference must be to be more than rounding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.case import largest

NOISES = 50.0
"""Differences of so many times the measured noise are rounding. Over 1,871 comparisons of sound
models with themselves the largest was 2.0 times it."""

FLOORS = {"float64": 1e-12, "float32": 1e-4}
"""Shares of the spread of the answers below which a difference is rounding, by precision."""

OTHER_FLOOR = 1e-2
"""The same for precisions of less than 32 bits."""

GRAIN = 2e-6
"""In float64 a difference below this share of the spread comes from constants that the model makes
in single precision. The smallest real fault that was seen is 3e-5, all others 4e-3 and more."""

POWER = 100.0
"""What a fault would cost must be so many times the tolerance, or nothing can be told."""

DRAWS = 3
"""Times that all weights are moved by one unit in the last place."""


@dataclass(frozen=True)
class Scale:
    """What differences are measured against.

    Attributes:
        spread: Standard deviation of the answers.
        noise: The largest move of an answer when all weights move by one unit in the last place;
            None where the weights can't be moved.
        tolerance: The largest difference that is rounding.
        grain: The largest difference that single precision inside the model explains.
    """

    spread: float
    noise: float | None
    tolerance: float

    @property
    def grain(self) -> float:
        """At least the tolerance."""
        return max(self.tolerance, GRAIN * self.spread)


def measure(
    model: StatefulModel, answer: Callable[[], np.ndarray], precision: str | None = None
) -> Scale:
    """Measure the noise and the spread of one answer.

    Args:
        model: Whose weights are moved.
        answer: Runs the model.
        precision: Float type of the answer; left out, the model's.
    """
    # Once before: where a state lies in the model, the first answer depends on earlier calls, and
    # that is no rounding.
    answer()
    expected = answer()
    spread = float(np.std(expected.astype("float64")))
    noise = None
    if model.support("moved").verdict != "refused":
        noise = 0.0
        for seed in range(DRAWS):
            with model.moved(seed):
                noise = max(noise, largest(answer(), expected))
    floor = FLOORS.get(precision or model.precision, OTHER_FLOOR)
    return Scale(spread, noise, max(NOISES * (noise or 0.0), floor * spread))
