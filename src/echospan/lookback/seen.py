"""What models see of the past, and what they are asked: one series, or inputs and targets apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Seen:
    """Visible values and targets, on one clock.

    Attributes:
        inputs: Numbers (time, columns), or symbols from 0 (time,).
        targets: What is asked at each step (time,): a number, or a symbol from 0.
        own: Whether the targets are the inputs, or the first column of them: their past is visible
            then. Else a target is only asked for, and never seen.
    """

    inputs: np.ndarray
    targets: np.ndarray
    own: bool

    @classmethod
    def series(cls, values: np.ndarray) -> Seen:
        """A series that tells of itself: its first column, or its symbol, is the target."""
        return cls(values, values if values.ndim == 1 else values[:, 0], own=True)

    @property
    def columns(self) -> int:
        """Numbers that are visible at each step."""
        return int(self.inputs.shape[1])

    @cached_property
    def symbols(self) -> int:
        """How many different symbols are visible."""
        return int(self.inputs.max()) + 1

    @cached_property
    def answers(self) -> int:
        """How many different symbols are asked for."""
        return int(self.targets.max()) + 1

    @cached_property
    def digest(self) -> bytes:
        """What tells these values from others, so that work on them can be kept."""
        found = hashlib.blake2b(np.ascontiguousarray(self.inputs).tobytes(), digest_size=16)
        found.update(np.ascontiguousarray(self.targets).tobytes())
        return found.digest()

    @property
    def spread(self) -> float:
        """Standard deviation of the targets, which are numbers."""
        return float((self.inputs.std(0)[0]) if self.own else self.targets.std())

    def standard(self) -> Seen:
        """Numbers with mean 0 and variance 1 in each column, and in the targets."""
        inputs = _standard(self.inputs)
        targets = inputs[:, 0] if self.own else _standard(self.targets)
        return Seen(inputs, targets, self.own)

    def with_targets(self, targets: np.ndarray) -> Seen:
        """Others at the same steps; where they are visible, there, too."""
        if not self.own:
            return replace(self, targets=targets)
        if self.inputs.ndim == 1:
            return Seen(targets, targets, own=True)
        return Seen.series(np.column_stack([targets, self.inputs[:, 1:]]))

    def shuffled(self, rng: np.random.Generator) -> Seen:
        """A copy whose past tells nothing.

        Of a series the steps are shuffled. Targets that are apart are moved along the inputs, round
        about: both keep their own rhythm, by which chance looks like a relation.
        """
        if self.own:
            return Seen.series(rng.permutation(self.inputs, axis=0))
        steps = len(self.targets)
        moved = int(rng.integers(steps // 10, steps - steps // 10))
        return replace(self, targets=np.roll(self.targets, moved))


def _standard(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, np.float64)
    spread = values.std(0)
    standard: np.ndarray = (values - values.mean(0)) / np.where(spread > 0, spread, 1.0)
    return standard
