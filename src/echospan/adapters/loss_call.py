"""The known loss functions that a user's loss calls, with what they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["squared", "absolute", "huber", "binary", "categorical", "sparse", "divergence"]
"""What a loss compares: numbers in three ways, yes or no, one class as a vector or as a number, or
two distributions."""

Takes = Literal["values", "probabilities", "logits", "log_probabilities"]
"""What a loss takes outputs for."""


@dataclass(frozen=True, eq=False)
class LossCall:
    """One call of a known loss function.

    Attributes:
        kind: What it compares.
        takes: What it takes the outputs for.
        name: What the framework calls it.
        outputs: As it is given them, (rows, ...).
        targets: As it is given them, (rows, ...).
        axis: Axis of the classes in the outputs.
        output: Number of the model's output; None where that is not known.
        ignored: The class that is not scored; None without one.
        delta: Where a Huber loss turns from a square to a line.
    """

    kind: Kind
    takes: Takes
    name: str
    outputs: np.ndarray
    targets: np.ndarray
    axis: int = -1
    output: int | None = None
    ignored: int | None = None
    delta: float = 1.0

    @property
    def classes(self) -> int:
        """How many classes the outputs tell apart."""
        return int(self.outputs.shape[self.axis]) if self.outputs.ndim else 1
