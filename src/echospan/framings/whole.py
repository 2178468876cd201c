"""Whole: read a whole sequence, then write the answers."""

from __future__ import annotations

from typing import Literal

import numpy as np

from echospan.framings.base import Framing, Samples
from echospan.framings.plan import Outputs
from echospan.tasks.base import Task


class Whole(Framing):
    """One sample a sequence; its answers are written after all of it was read."""

    kind: Literal["whole"] = "whole"

    @property
    def outputs(self) -> Outputs:
        """All the task's targets, after the whole input."""
        return "written"

    def samples(self, task: Task) -> Samples:
        """The sequence, and everything that is asked about it."""
        return Samples(np.arange(task.steps)[None, :], np.arange(task.target_steps)[None, :])

    def serving(self, steps: int) -> np.ndarray:
        """All values in one sample."""
        return np.arange(steps)[None, :]
