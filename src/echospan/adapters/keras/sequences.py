"""Training sequences for the compiled engine, with the lag as an argument of the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from echospan.adapters.keras.infer_io import ModelInterface
from echospan.adapters.keras.layouts import SlidingWindow
from echospan.engine.kernels import mark_one_hot
from echospan.engine.source import Source
from echospan.engine.update import Batch
from echospan.memory_tasks.base import MemoryTask, TrainingSpec
from echospan.models.inputs import OneHot
from echospan.tasks import absent


@dataclass(frozen=True, eq=False)
class SequenceSource(Source):
    """New sequences of a task at one lag.

    The lag is data: one compiled program trains all lags that fit the sequences' length.

    Attributes:
        spec: Lag, length and batch size.
        task: The task that draws the sequences.
        interface: How the model takes inputs and gives outputs. With `one_step`, sequences are fed
            one step at a time, one update each, all in one epoch.
        updates: Updates in one epoch.
        seed: Seed of sequences that are drawn before the program runs.
        piece: Which piece of training they are for.
    """

    spec: TrainingSpec
    task: MemoryTask
    interface: ModelInterface
    updates: int
    seed: int = 0
    piece: int = 0

    @property
    def _number(self) -> int:
        batch_size = self.spec.batch_size
        return batch_size if self.interface.one_step else self.updates * batch_size

    def arrays(self) -> Any:
        """What the task gives the program."""
        return self.task.program_inputs(self.spec, self._number, self.seed, self.piece)

    def epoch(self, arrays: Any, key: Any) -> tuple[Any, None]:
        """Pairs (inputs, targets), each (updates, batch, time); numbers have a feature axis."""
        batch_size, length = self.spec.batch_size, self.spec.length
        inputs, targets = self.task.sample_batch(arrays, key, self._number, length)
        if self.interface.one_step:
            return (_single_steps(inputs), _single_steps(targets)), None
        return (
            inputs.reshape(self.updates, batch_size, *inputs.shape[1:]),
            targets.reshape(self.updates, batch_size, length),
        ), None

    def batch(self, raw: Any) -> Batch:
        """Encoded inputs; targets that are not scored get weight 0."""
        import jax.numpy as jnp

        interface, width = self.interface, self.task.width
        inputs = interface.layout.inputs(raw[0], jnp)
        targets = interface.layout.targets(raw[1], jnp)
        encoded = interface.inputs.encode(inputs, width, jnp)
        if isinstance(interface.inputs, OneHot) and not isinstance(interface.layout, SlidingWindow):
            encoded = mark_one_hot(encoded, inputs)
        unscored = absent(targets)
        return Batch(
            x=encoded,
            y=interface.readout.targets(jnp.where(unscored, 0, targets), width, jnp),
            weight=(~unscored).astype("float32"),
        )


def _single_steps(values: Any) -> Any:
    """(batch, time, ...) -> (time, batch, 1, ...): one step of the whole batch per update."""
    import jax.numpy as jnp

    return jnp.swapaxes(values, 0, 1)[:, :, None]
