"""Window: the last few values in, the answer to the newest of them out."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from echospan.errors import ConfigError
from echospan.framings.base import Framing, Samples
from echospan.framings.plan import Outputs
from echospan.tasks.base import Task
from echospan.tasks.lag import MISSING


class Window(Framing):
    """One sample per step: its value and those before it, `window` values in all.

    The first `window` steps are dropped, as in the tutorial (and the steps before the lag, which
    have no target); with `keep_missing` every step stays and absent values are marked.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=5, lag=1)
        >>> samples = echospan.framings.Window(window=3).samples(task)
        >>> samples.inputs
        array([[1, 2, 3],
               [2, 3, 4]])
        >>> samples.targets
        array([[3],
               [4]])
    """

    kind: Literal["window"] = "window"
    window: int = Field(default=5, ge=1)
    """Time steps in a sample."""
    keep_missing: bool = False
    """Keep the first steps, with -1 for the values before the start of the sequence."""
    force: bool = False
    """Allow a window that does not contain the needed value, to see what happens."""

    @property
    def outputs(self) -> Outputs:
        """One answer, after the newest value."""
        return "last"

    def check(self, task: Task) -> None:
        """Refuse a window that is too short for the lag or too long for the sequence."""
        super().check(task)
        if self.window >= task.steps and not self.keep_missing:
            raise ConfigError(
                "framing.window",
                f"smaller than task.length ({task.steps}), or no whole window fits",
                self.window,
            )
        if task.reach is not None and self.window <= task.reach and not self.force:
            raise ConfigError(
                "framing.window",
                f"larger than the lag ({task.reach}), or the window lacks the needed value",
                self.window,
                "Widen the window, or set framing.force (--force) to see it fail.",
            )

    def size(self, task: Task) -> tuple[int, int]:
        """As many windows as steps."""
        return task.steps, self.window

    def samples(self, task: Task) -> Samples:
        """One window a step."""
        first = 0 if self.keep_missing else max(self.window, task.reach or 0)
        now = np.arange(first, task.steps)[:, None]
        inputs = now + np.arange(1 - self.window, 1)[None, :]
        return Samples(np.where(inputs < 0, MISSING, inputs), now)

    def serving(self, steps: int) -> np.ndarray:
        """One full window for each value that has enough others before it."""
        first = 0 if self.keep_missing else self.window - 1
        inputs = np.arange(first, steps)[:, None] + np.arange(1 - self.window, 1)[None, :]
        return np.where(inputs < 0, MISSING, inputs)
