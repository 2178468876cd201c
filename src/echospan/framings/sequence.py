"""Sequence: a whole sequence in, an answer at every step."""

from __future__ import annotations

from typing import Literal

import numpy as np

from echospan.framings.base import Framing, Samples
from echospan.framings.plan import Outputs
from echospan.tasks.base import Task


class Sequence(Framing):
    """One sample a sequence; the gradient runs through all of it."""

    kind: Literal["sequence"] = "sequence"

    @property
    def outputs(self) -> Outputs:
        """An answer at every time step."""
        return "every"

    def samples(self, task: Task) -> Samples:
        """The sequence itself."""
        return whole_sequence(task)


def whole_sequence(task: Task) -> Samples:
    """One sample that holds every step of the sequence and every target."""
    steps = np.arange(task.steps)[None, :]
    return Samples(steps, steps)
