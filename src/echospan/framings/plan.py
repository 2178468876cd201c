"""A plan: which value of which sequence stands at which place of which batch.

Everything that asks how data is framed reads the same plan: training, evaluation, the sanity view
and the arithmetic of carried state. It is made of positions only, so it is exact and costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from echospan.namespace import namespace
from echospan.tasks.lag import MISSING, nothing

Outputs = Literal["last", "every", "written"]
"""One answer after the last time step, one at every time step, or a number of them written after
the whole input was read."""


@dataclass(frozen=True, eq=False)
class Plan:
    """One epoch in positions.

    Attributes:
        inputs: Integers (updates, rows, timesteps). Position in the flattened (sequences, steps)
            values, or `MISSING`.
        targets: Integers (updates, rows, outputs). Position in the flattened (sequences,
            target steps) targets, or `MISSING`.
        sequences: Sequences in one epoch.
        steps: Values in one sequence.
        target_steps: Targets in one sequence.
        outputs: Where in a sample its answers stand.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=6, lag=3)
        >>> framing = echospan.framings.Window(window=4)
        >>> plan = framing.plan(task, batch_size=None, sequences=1)
        >>> plan.inputs
        array([[[1, 2, 3, 4],
                [2, 3, 4, 5]]], dtype=int32)
    """

    inputs: np.ndarray
    targets: np.ndarray
    sequences: int
    steps: int
    target_steps: int
    outputs: Outputs

    @property
    def updates(self) -> int:
        """Batches, and so weight updates, in one epoch."""
        return int(self.inputs.shape[0])

    @property
    def rows(self) -> int:
        """Samples in one batch."""
        return int(self.inputs.shape[1])

    @property
    def timesteps(self) -> int:
        """Time steps in one sample."""
        return int(self.inputs.shape[2])

    @property
    def target_position(self) -> np.ndarray:
        """Step within its sequence of each target, `MISSING` kept (updates, rows, outputs)."""
        return np.where(self.targets == MISSING, MISSING, self.targets % self.target_steps)

    def gather(self, values: Any, positions: np.ndarray) -> Any:
        """The values (sequences, steps, ...) at `positions`; `MISSING` or NaN where none stands."""
        xp = namespace(values)
        each = values.shape[2:]
        flat = xp.reshape(values, (-1, *each))
        gathered = xp.take(flat, xp.asarray(np.maximum(positions, 0).ravel()), axis=0)
        gathered = xp.reshape(gathered, (*positions.shape, *each))
        known = (positions != MISSING).reshape(*positions.shape, *(1 for _ in each))
        if known.all():
            return gathered
        return xp.where(xp.asarray(known), gathered, nothing(values.dtype, xp))
