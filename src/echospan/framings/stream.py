"""Stream: learn from whole sequences, then answer while receiving one value at a time."""

from __future__ import annotations

from typing import Literal

from echospan.framings.base import Framing, Samples
from echospan.framings.plan import Outputs, Plan
from echospan.framings.sequence import whole_sequence
from echospan.tasks.base import Task


class Stream(Framing):
    """Trained like `sequence`; judged with a batch of one, one step at a time, state carried."""

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
