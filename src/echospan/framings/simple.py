"""The framings that need no more than a line: prefix, sequence, stream and whole."""

from __future__ import annotations

from typing import Literal

import numpy as np

from echospan.framings.base import Framing, Samples
from echospan.framings.plan import Outputs, Plan
from echospan.tasks.base import Task
from echospan.tasks.lag import MISSING


class Prefix(Framing):
    """One sample per step: all values up to it, padded in front with -1 to the full length.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=5, lag=1)
        >>> samples = echospan.framings.Prefix().samples(task)
        >>> samples.inputs
        array([[-1, -1, -1, -1,  0],
               [-1, -1, -1,  0,  1],
               [-1, -1,  0,  1,  2],
               [-1,  0,  1,  2,  3],
               [ 0,  1,  2,  3,  4]])
        >>> samples.targets
        array([[0],
               [1],
               [2],
               [3],
               [4]])
    """

    kind: Literal["prefix"] = "prefix"

    @property
    def outputs(self) -> Outputs:
        """One answer, after the newest value."""
        return "last"

    def size(self, task: Task) -> tuple[int, int]:
        """As many samples as steps, each as long as the sequence."""
        return task.steps, task.steps

    def samples(self, task: Task) -> Samples:
        """One prefix a step."""
        now = np.arange(task.steps)[:, None]
        inputs = now + np.arange(1 - task.steps, 1)[None, :]
        return Samples(np.where(inputs < 0, MISSING, inputs), now)

    def serving(self, steps: int) -> np.ndarray:
        """One prefix for each value."""
        inputs = np.arange(steps)[:, None] + np.arange(1 - steps, 1)[None, :]
        return np.where(inputs < 0, MISSING, inputs)


class Sequence(Framing):
    """One sample per sequence; the gradient covers the whole sequence.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=5, lag=1)
        >>> samples = echospan.framings.Sequence().samples(task)
        >>> samples.inputs
        array([[0, 1, 2, 3, 4]])
        >>> samples.targets
        array([[0, 1, 2, 3, 4]])
    """

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


class Stream(Framing):
    """Trained like `sequence`; evaluated one step at a time, carrying the hidden state.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=5, lag=1)
        >>> samples = echospan.framings.Stream().samples(task)
        >>> samples.inputs
        array([[0, 1, 2, 3, 4]])
        >>> samples.targets
        array([[0, 1, 2, 3, 4]])
    """

    kind: Literal["stream"] = "stream"

    @property
    def outputs(self) -> Outputs:
        """An answer at every time step."""
        return "every"

    def samples(self, task: Task) -> Samples:
        """The sequence itself."""
        return whole_sequence(task)

    def evaluation_plan(self, task: Task, *, batch_size: int | None, carried: bool) -> Plan:
        """As many batches as the sequence has steps, each of one row and one time step."""
        steps = self.samples(task).inputs.reshape(-1, 1, 1).astype("int32")
        return Plan(
            inputs=steps,
            targets=steps,
            sequences=1,
            steps=task.steps,
            target_steps=task.target_steps,
            outputs=self.outputs,
        )

    @property
    def carries_when_evaluated(self) -> bool:
        """Yes: that is the point."""
        return True


class Whole(Framing):
    """One sample per sequence; the outputs are written after the whole input was read.

    Example:
        >>> task = echospan.tasks.Recite(symbols=4, length=4, first=2)
        >>> samples = echospan.framings.Whole().samples(task)
        >>> samples.inputs
        array([[0, 1, 2, 3]])
        >>> samples.targets
        array([[0, 1]])
    """

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
