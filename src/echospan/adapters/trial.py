"""A few updates of a clone, as the user's own training would make them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Rate:
    """How an optimizer is set, as far as that says how far one update can move a weight.

    Attributes:
        kind: Name of its class, such as ``Adam``.
        rate: Its learning rate, that of the first update where it follows a schedule.
        scheduled: Whether a schedule changes the rate.
        momentum: Its momentum; 0 without one.
        decay: Its weight decay; 0 without one.
        clip: The largest norm, or value, of a gradient; None where it is not clipped.
        groups: Rates of all its groups of weights.
    """

    kind: str
    rate: float
    scheduled: bool = False
    momentum: float = 0.0
    decay: float = 0.0
    clip: float | None = None
    groups: tuple[float, ...] = field(default=())

    @property
    def normalises(self) -> bool:
        """Whether a step is about as long as the rate, whatever the size of the gradient."""
        return self.kind.lower() in NORMALISING


NORMALISING = {
    "adam", "adamw", "nadam", "radam", "adamax", "rmsprop", "lion", "adagrad", "sparseadam",
    "lamb", "adafactor",
}  # fmt: skip
"""Optimizers that divide a gradient by its own size, by their class's name in small letters."""


class Trial(ABC):
    """A clone with the user's own weights, loss and optimizer, in training mode.

    The user's model and optimizer are only read. The optimizer of the clone is made anew from the
    settings of the user's, so that it begins without moments.

    Attributes:
        rate: How the optimizer is set.
    """

    rate: Rate

    @abstractmethod
    def update(self, inputs: Sequence[np.ndarray], targets: Sequence[np.ndarray]) -> float:
        """Make one update.

        Args:
            inputs: One array (batch, time, ...) for each input.
            targets: One array (batch, ...) for each output.

        Returns:
            The loss before the update, with all that training adds to it.
        """

    @abstractmethod
    def parameters(self) -> Mapping[str, np.ndarray]:
        """A copy of the trained weights by name, as they are now."""

    @abstractmethod
    def outputs(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Outputs of the clone as it is now, in evaluation mode."""


def number(value: Any) -> float:
    """A setting as a number; 0 for one that is not given."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
