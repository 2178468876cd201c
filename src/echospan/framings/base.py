"""What a framing is: it cuts sequences into samples and lays the samples out in batches."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echospan.errors import ConfigError
from echospan.framings.plan import Outputs, Plan
from echospan.limits import require_memory
from echospan.spec import Spec
from echospan.tasks.base import Task
from echospan.tasks.lag import MISSING


@dataclass(frozen=True, eq=False)
class Samples:
    """One sequence cut into samples, as steps within the sequence.

    Attributes:
        inputs: Integers (samples, timesteps), `MISSING` where a step is absent.
        targets: Integers (samples, outputs), `MISSING` where nothing is asked.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=6, lag=1)
        >>> samples = echospan.framings.Window(window=2).samples(task)
        >>> samples.inputs.shape  # (samples, time)
        (4, 2)
    """

    inputs: np.ndarray
    targets: np.ndarray


BYTES_PER_POSITION = 56
"""Of one time step in one sample, while a plan is made: pairs of 64-bit numbers, and copies."""


class Framing(Spec):
    """How sequences become samples of (timesteps) and samples become batches.

    A framing of your own derives from it and has a `kind`, `outputs` and `samples`.

    Example:
        >>> framing = echospan.framings.Window(window=3)
        >>> plan = framing.plan(echospan.tasks.Echo(length=10), batch_size=None, sequences=2)
        >>> plan.inputs.shape  # (updates, rows, time)
        (1, 14, 3)
    """

    section: ClassVar[str] = "framing"
    kind: str

    @property
    @abstractmethod
    def outputs(self) -> Outputs:
        """Where in a sample its answers stand."""

    @abstractmethod
    def samples(self, task: Task) -> Samples:
        """Cut one sequence."""

    def size(self, task: Task) -> tuple[int, int]:
        """Samples that one sequence gives at most, and time steps in each; nothing is made.

        The default is one sample of the whole sequence. A framing that gives more says so, and a
        sequence whose samples would not fit into memory is then refused instead of tried.
        """
        return 1, task.steps

    def check(self, task: Task) -> None:
        """Refuse a task that this framing can never show the answer of.

        Raises:
            ConfigError: Names the setting to change.
        """
        if self.outputs != "written" and task.target_steps != task.steps:
            raise ConfigError("framing.kind", f"'whole' for a {task.kind} task", self.kind)

    def order(self, samples: Samples, sequences: int) -> tuple[np.ndarray, np.ndarray]:
        """All samples of all sequences in the order in which they are fed.

        The default takes sequence after sequence.

        Returns:
            Positions of the inputs (samples, timesteps) and targets (samples, outputs), each a
            pair (sequence number, step) folded into one array with a last axis of 2.
        """
        return _sequence_major(samples.inputs, sequences), _sequence_major(
            samples.targets, sequences
        )

    def plan(self, task: Task, *, batch_size: int | None, sequences: int) -> Plan:
        """Lay one epoch out.

        Args:
            task: Whose sequences are cut.
            batch_size: Rows of a batch; None puts everything into one batch.
            sequences: Sequences in the epoch.

        Raises:
            ConfigError: `batch_size` does not divide the number of samples, or `check` refuses the
                task.
        """
        self.check(task)
        samples, timesteps = self.size(task)
        require_memory(
            BYTES_PER_POSITION * sequences * samples * (timesteps + 1),
            f"Laying out {sequences * samples:,} samples of {timesteps:,} steps",
        )
        inputs, targets = self.order(self.samples(task), sequences)
        rows = batch_size or len(inputs)
        if len(inputs) % rows:
            raise ConfigError(
                "training.batch_size",
                f"a divisor of the {len(inputs)} samples of an epoch, so that every batch has as "
                "many rows as the state that it carries",
                batch_size,
                f"Try {_nearest_divisor(len(inputs), rows)}.",
            )
        return Plan(
            inputs=_flatten(inputs, task.steps).reshape(-1, rows, inputs.shape[1]),
            targets=_flatten(targets, task.target_steps).reshape(-1, rows, targets.shape[1]),
            sequences=sequences,
            steps=task.steps,
            target_steps=task.target_steps,
            outputs=self.outputs,
        )

    def evaluation_plan(self, task: Task, *, batch_size: int | None, carried: bool) -> Plan:
        """How new sequences are judged, one sequence at a time.

        With carried state the layout is part of the question and stays that of training.
        """
        return self.plan(task, batch_size=batch_size if carried else None, sequences=1)

    def serving(self, steps: int) -> np.ndarray | None:
        """What stands in the samples for the answers about values that a user brings.

        Args:
            steps: How many values there are.

        Returns:
            Positions (answers, timesteps), the newest value last, `MISSING` where none is; or None
            where the model hears one value at a time and carries its state.
        """
        return None

    @property
    def carries_when_evaluated(self) -> bool:
        """Whether evaluation carries state even where training did not."""
        return False


def _sequence_major(steps: np.ndarray, sequences: int) -> np.ndarray:
    """(samples, n) steps -> (sequences * samples, n, 2) pairs (sequence, step)."""
    tiled = np.tile(steps, (sequences, 1))
    owner = np.repeat(np.arange(sequences), len(steps))[:, None]
    return np.stack([np.broadcast_to(owner, tiled.shape), tiled], axis=-1)


def time_major(steps: np.ndarray, sequences: int) -> np.ndarray:
    """(samples, n) steps -> (samples * sequences, n, 2): sample by sample, all sequences abreast.

    With a batch of `sequences` rows, row j of every batch then belongs to sequence j.
    """
    tiled = np.repeat(steps, sequences, axis=0)
    owner = np.tile(np.arange(sequences), len(steps))[:, None]
    return np.stack([np.broadcast_to(owner, tiled.shape), tiled], axis=-1)


def _flatten(pairs: np.ndarray, steps: int) -> np.ndarray:
    sequence, step = pairs[..., 0], pairs[..., 1]
    return np.where(step == MISSING, MISSING, sequence * steps + step).astype(np.int32)


def _nearest_divisor(number: int, wanted: int) -> int:
    divisors = [d for d in range(1, number + 1) if number % d == 0]
    return min(divisors, key=lambda d: (abs(d - wanted), -d))
