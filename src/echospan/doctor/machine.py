"""A model under the probes, whatever framework it is made of.

The probes of `reach` ask for three things only: other weights, the outputs of some batches one
after the other, and one gradient. `keras_models` and `torch_modules` each have a machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Machine(Protocol):
    """A clone of the user's model; the user's own is never run.

    Attributes:
        rows: Rows of every batch that it is given.
        vocabulary: Number of symbols that an integer input may have; None for float inputs.
        precision: Name of the float type that it computes with.
    """

    rows: int
    vocabulary: int | None
    precision: str

    def redraw(self, number: int) -> None:
        """Draw all weights anew; the same number gives the same weights."""
        ...

    def choose(self, samples: np.ndarray) -> None:
        """Take inputs that are held fixed from the samples of these numbers."""
        ...

    def replay(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Outputs (rows, answers, features) of batches (rows, time, ...) in order.

        The state starts at zero and is carried from each batch to the next. Nothing is random.
        """
        ...

    def gradient(self, batch: np.ndarray, row: int, answer: int) -> np.ndarray | None:
        """How one answer changes with every input of its batch, from a zero state.

        Args:
            batch: Inputs (rows, time, ...).
            row: Row of the answer.
            answer: Number of the answer in its row.

        Returns:
            The gradient (rows, time, ...) of a random mixture of the answer's features, all of
            which it depends on; None where inputs are integers.
        """
        ...
