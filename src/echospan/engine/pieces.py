"""One epoch as several calls of a compiled program, so that a long one can be stopped inside.

The epoch is drawn once. Its updates are done a few at a time, as many as take about a quarter of a
second. Each update is compiled as in a whole epoch, so that the numbers are the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.engine.values import TrainState
from echospan.engine.waiting import wait
from echospan.engine.work import SECONDS

GROWTH = 16
"""A call has at most so many times the updates of the one before."""


@dataclass
class Pieces:
    """The compiled parts of an epoch, for one run or for many side by side.

    Attributes:
        draw: (arrays, key, epoch) -> the epoch's batches, and what is left over.
        begin: values -> values at the start of an epoch.
        advance: (values, batches, first update, updates) -> values.
        end: (values, what is left over) -> values, and the row of the epoch's results.
        updates: Whole batches in an epoch.
        each: Updates in the next call.
    """

    draw: Callable[..., Any]
    begin: Callable[..., TrainState]
    advance: Callable[..., TrainState]
    end: Callable[..., tuple[TrainState, Any]]
    updates: int
    each: int = 1

    def epoch(
        self,
        values: TrainState,
        arrays: Any,
        key: Any,
        epoch: Any,
        *,
        first: int = 0,
        between: Callable[[TrainState, int], bool],
        stop: Callable[[], bool] | None = None,
    ) -> tuple[TrainState, np.ndarray | None]:
        """Do one epoch.

        Args:
            values: Where it starts; they are given away.
            arrays: The source's arrays.
            key: The stream of the data.
            epoch: The number of the epoch.
            first: Updates of it that are done.
            between: Called between two calls with the values and the number of updates done; true
                ends the work there.
            stop: Asked while a call runs.

        Returns:
            The values, and the epoch's results; None in their place where `between` ended it.

        Raises:
            Halted: `stop` said so, and a call did not end soon.
        """
        batches, rest = self.draw(arrays, key, epoch)
        wait((batches, rest), stop)
        if first == 0:
            values = self.begin(values)
        done = first
        while done < self.updates:
            count = min(self.each, self.updates - done)
            start = time.perf_counter()
            values = self.advance(values, batches, np.int32(done), np.int32(count))
            wait(values, stop)
            took = max(time.perf_counter() - start, 1e-6)
            self.each = int(np.clip(count * SECONDS / took, 1, max(self.each, count) * GROWTH))
            done += count
            if done < self.updates and between(values, done):
                return values, None
        values, row = self.end(values, rest)
        wait(row, stop)
        return values, np.asarray(row)
