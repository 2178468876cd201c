"""Prefix: the whole sequence so far in, padded in front to a fixed size."""

from __future__ import annotations

from typing import Literal

import numpy as np

from echospan.framings.base import Framing, Samples
from echospan.framings.plan import Outputs
from echospan.tasks.base import Task
from echospan.tasks.lag import MISSING


class Prefix(Framing):
    """A sample for each step: everything up to it, with -1 in front up to the full length."""

    kind: Literal["prefix"] = "prefix"

    @property
    def outputs(self) -> Outputs:
        """One answer, after the newest value."""
        return "last"

    def samples(self, task: Task) -> Samples:
        """One prefix a step."""
        now = np.arange(task.steps)[:, None]
        inputs = now + np.arange(1 - task.steps, 1)[None, :]
        return Samples(np.where(inputs < 0, MISSING, inputs), now)

    def serving(self, steps: int) -> np.ndarray:
        """One prefix for each value."""
        inputs = np.arange(steps)[:, None] + np.arange(1 - steps, 1)[None, :]
        return np.where(inputs < 0, MISSING, inputs)
