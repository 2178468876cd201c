"""Per step: every time step is a sample of its own, with no context inside the sample."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from echospan.errors import ConfigError
from echospan.framings.base import Framing, Samples, time_major
from echospan.framings.plan import Outputs, Plan
from echospan.tasks.base import Task


class PerStep(Framing):
    """One time step per sample; the past is available only through carried state.

    With consecutive rows the first steps, whose answer lies before the sequence, are dropped as in
    the tutorial: at lag n the inputs run from step n on. Aligned rows are streams: they hear their
    first steps too, unscored.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=5, lag=1)
        >>> samples = echospan.framings.PerStep(rows="aligned").samples(task)
        >>> samples.inputs
        array([[0],
               [1],
               [2],
               [3],
               [4]])
        >>> samples.targets
        array([[0],
               [1],
               [2],
               [3],
               [4]])
    """

    kind: Literal["per-step"] = "per-step"
    rows: Literal["consecutive", "aligned"] = "consecutive"
    """Which samples share a row of successive batches: `consecutive` fills each batch with the next
    samples of one sequence, so that row j inherits the state of the sample a batch earlier;
    `aligned` gives each row a sequence of its own."""
    gradient: Literal["step", "sequence"] = "step"
    """How far an update looks back: through its own time step, or through all the batches of an
    epoch laid end to end, row by row."""

    @property
    def outputs(self) -> Outputs:
        """One answer a sample; with `gradient = "sequence"` one at every joined step."""
        return "last" if self.gradient == "step" else "every"

    def size(self, task: Task) -> tuple[int, int]:
        """As many samples as steps."""
        return task.steps, 1

    def samples(self, task: Task) -> Samples:
        """One sample a step."""
        first = 0 if self.rows == "aligned" else task.reach or 0
        steps = np.arange(first, task.steps)[:, None]
        return Samples(steps, steps)

    def order(self, samples: Samples, sequences: int) -> tuple[np.ndarray, np.ndarray]:
        """Sequence after sequence, or all sequences abreast."""
        if self.rows == "consecutive":
            return super().order(samples, sequences)
        return time_major(samples.inputs, sequences), time_major(samples.targets, sequences)

    def plan(self, task: Task, *, batch_size: int | None, sequences: int) -> Plan:
        """As every framing; aligned rows need one sequence for each row."""
        if self.rows == "aligned":
            if batch_size is not None and batch_size != sequences:
                raise ConfigError(
                    "training.batch_size",
                    f"training.sequences ({sequences}) when rows are aligned: each row of a batch "
                    "is a sequence of its own",
                    batch_size,
                )
            batch_size = sequences
        plan = super().plan(task, batch_size=batch_size, sequences=sequences)
        if self.gradient == "step":
            return plan
        return replace(plan, inputs=_end_to_end(plan.inputs), targets=_end_to_end(plan.targets))

    def evaluation_plan(self, task: Task, *, batch_size: int | None, carried: bool) -> Plan:
        """The layout of training; aligned rows are judged on one sequence at a time."""
        if self.rows == "aligned":
            return self.plan(task, batch_size=1, sequences=1)
        keeps_rows = carried or self.gradient == "sequence"
        return self.plan(task, batch_size=batch_size if keeps_rows else None, sequences=1)


def _end_to_end(positions: np.ndarray) -> np.ndarray:
    """(updates, rows, 1) -> (1, rows, updates): one update through all of them."""
    return np.moveaxis(positions, 0, -1).reshape(1, positions.shape[1], -1)
