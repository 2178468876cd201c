"""What is asked of the doctor, without any framework: arrays and settings of one `fit`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from echospan.doctor.place import OPEN, Place
from echospan.errors import ConfigError

ResetState = Literal["epoch", "batch", "never"]


@dataclass(frozen=True, eq=False)
class FitCall:
    """One call of `fit`, as the probes see it. Torch loops are described by the same fields.

    Attributes:
        x: Inputs (samples, time, features), or integers (samples, time); a beginning of the data.
        y: Targets (samples, ...), the same samples.
        samples: Samples in all the data.
        batch_size: Samples in one update.
        shuffle: Whether the samples come in random order.
        reset_state: When carried state returns to zero.
        stateful: Whether the model asks for state that goes over from batch to batch.
        recurrent: Whether the model has a recurrent layer.
        every: Whether the model answers at every time step, or once after the last.
        needs_lag: The lag that the user declares.
        stride: Steps between neighbouring windows, where the user declares that samples are such.
        integers: Whether the inputs are symbols for an embedding.
        place: Where the answers lie in time, as far as the data say it.
    """

    x: np.ndarray
    y: np.ndarray
    samples: int
    batch_size: int
    shuffle: bool
    reset_state: ResetState
    stateful: bool
    recurrent: bool
    every: bool
    needs_lag: int | None = None
    stride: int | None = None
    integers: bool = False
    place: Place = OPEN

    @property
    def timesteps(self) -> int:
        """Time steps in one sample."""
        return int(self.x.shape[1])

    @property
    def carries(self) -> bool:
        """Whether a row goes on from the state of the row of the batch before, as asked."""
        return self.stateful and self.reset_state != "batch" and not self.shuffle


def check_numbers(
    batch_size: Any, reset_state: Any, needs_lag: Any, stride: Any, epochs: Any = None
) -> None:
    """Refuse settings that no framework could use; None stands for one that was left out.

    Raises:
        ConfigError: A number is none or too small, or no such time for resetting state.
    """
    for name, value, least in (
        ("batch_size", batch_size, 1),
        ("needs_lag", needs_lag, 0),
        ("stride", stride, 1),
        ("epochs", epochs, 1),
    ):
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise ConfigError(name, f"an integer of at least {least}", value)
    allowed = get_args(ResetState)
    if reset_state not in allowed:
        raise ConfigError("reset_state", "one of " + ", ".join(map(repr, allowed)), reset_state)
