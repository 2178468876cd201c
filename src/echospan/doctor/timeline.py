"""Where samples stand in time: which series each belongs to, and at which step it begins.

The order of the samples alone does not say it. `needs` finds the timeline that explains the data;
here are the ones that it tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from echospan.framings.plan import Plan
from echospan.tasks.lag import MISSING

Kind = Literal["windows", "consecutive", "aligned", "apart"]


@dataclass(frozen=True, eq=False)
class Timeline:
    """Samples in time.

    Attributes:
        kind: ``windows`` that overlap, pieces that follow each other (``consecutive``), streams
            laid out row by row (``aligned``), or samples that have nothing to do with each other
            (``apart``).
        series: Series of each sample, integers (samples,).
        start: Step of its series at which each sample begins, integers (samples,).
        timesteps: Time steps in a sample.
        stride: Steps from one sample to the next of its series.
        absent: Booleans (samples, time): steps that are padding; None where none is.
    """

    kind: Kind
    series: np.ndarray
    start: np.ndarray
    timesteps: int
    stride: int
    absent: np.ndarray | None = None

    @property
    def times(self) -> np.ndarray:
        """Step of its series at which each value stands (samples, time)."""
        return self.start[:, None] + np.arange(self.timesteps)[None, :]

    @property
    def span(self) -> int:
        """Steps in the longest series."""
        return int(self.start.max()) + self.timesteps

    def plan(self, rows: int, updates: int, *, every: bool) -> Plan:
        """The first `updates` batches of `rows` samples as positions."""
        count = rows * updates
        flat = (self.series[:, None] * self.span + self.times)[:count]
        inputs = flat.copy()
        if self.absent is not None:
            inputs[self.absent[:count]] = MISSING
        targets = flat if every else flat[:, -1:]
        return Plan(
            inputs=inputs.reshape(updates, rows, self.timesteps),
            targets=targets.reshape(updates, rows, -1),
            sequences=int(self.series.max()) + 1,
            steps=self.span,
            target_steps=self.span,
            outputs="every" if every else "last",
        )


def consecutive(samples: int, timesteps: int) -> Timeline:
    """Each sample begins where the one before it ends."""
    return Timeline(
        "consecutive",
        np.zeros(samples, int),
        np.arange(samples) * timesteps,
        timesteps,
        timesteps,
    )


def aligned(samples: int, timesteps: int, rows: int, stride: int | None = None) -> Timeline:
    """Row j of each batch goes on from row j of the batch before.

    Args:
        samples: Number of samples.
        timesteps: Time steps in a sample.
        rows: Rows of a batch.
        stride: Steps from one to the next, where they overlap; left out, it begins at the end.
    """
    number, step = np.arange(samples), stride or timesteps
    return Timeline("aligned", number % rows, number // rows * step, timesteps, step)


def apart(samples: int, timesteps: int) -> Timeline:
    """Each sample is a series of its own."""
    return Timeline("apart", np.arange(samples), np.zeros(samples, int), timesteps, timesteps)


def windows(follows: np.ndarray, stride: int, timesteps: int) -> Timeline:
    """Each sample begins `stride` steps after the one before it, where it follows that one.

    Args:
        follows: Booleans (samples - 1,): whether the next sample goes on from this one.
        stride: Steps between them.
        timesteps: Time steps in a sample.
    """
    series = np.concatenate([[0], np.cumsum(~follows)])
    number = np.arange(len(series))
    first = np.zeros(len(series), int)
    breaks = np.flatnonzero(~follows) + 1
    first[breaks] = breaks
    start = (number - np.maximum.accumulate(first)) * stride
    return Timeline("windows", series, start, timesteps, stride)
