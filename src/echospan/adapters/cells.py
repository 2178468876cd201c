"""How far a recurrent layer is saturated by what it is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BEYOND = 5.0
"""A gate is saturated beyond this: it changes by less than a hundredth per unit of its input."""

MOST_ROWS = 64
"""Samples that are looked at."""


@dataclass(frozen=True)
class Cell:
    """A recurrent layer with the weights that it starts with.

    Attributes:
        name: Of the layer or module.
        kind: Such as ``LSTM``.
        saturated: Share of its gates and candidates that the input alone saturates.
        low: The smallest number that it is given.
        high: The largest.
        source: Number of the input that it reads as it is; None where that is not known.
    """

    name: str
    kind: str
    saturated: float
    low: float
    high: float
    source: int | None


def saturated(inputs: np.ndarray, kernel: np.ndarray, bias: np.ndarray | float) -> float:
    """Share of pre-activations that the input alone takes beyond `BEYOND`.

    Args:
        inputs: Numbers (steps, features).
        kernel: Weights (features, gates x units).
        bias: As many biases.
    """
    with np.errstate(all="ignore"):
        values = inputs.astype("float64") @ kernel.astype("float64") + bias
    known = np.isfinite(values)
    return float((np.abs(values[known]) > BEYOND).mean()) if known.any() else 0.0
