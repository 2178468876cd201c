"""One run with its thread, one session, and what is done with the session's row."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

from echospan.server import saved
from echospan.server.batcher import Batcher, Queue
from echospan.server.errors import Refused
from echospan.server.limits import Limits
from echospan.server.metrics import Metrics
from echospan.server.model import ServedRun, StreamedModel, WholeModel
from echospan.server.saved import Snapshot
from echospan.store import Run

LOOKED_SECONDS = 1.0
"""A run that was there a second ago is taken to be there."""


class Entry:
    """One run with the thread that steps it."""

    def __init__(self, run: Run, served: ServedRun, limits: Limits, metrics: Metrics) -> None:
        self.run_id, self.path, self.served = run.id, run.path, served
        self.stream = StreamedModel(served) if served.streams else None
        self.whole = None if served.streams else WholeModel(served)
        self.batcher = Batcher(self.stream, limits.waiting, metrics.batch) if self.stream else None
        self.saved = saved.count(run.path)
        self._looked = 0.0

    def require(self) -> None:
        """Refuse where the run was removed from the store meanwhile."""
        now = time.monotonic()
        if now - self._looked > LOOKED_SECONDS:
            if not os.path.isdir(self.path):
                raise Refused(
                    410, "run-removed", f"The run {self.run_id} was removed from the store."
                )
            self._looked = now

    def streaming(self) -> tuple[StreamedModel, Batcher]:
        """What steps its sessions.

        Raises:
            Refused: Its model reads whole sequences.
        """
        if self.stream is None or self.batcher is None:
            raise Refused(
                422,
                "whole-sequences",
                "This model needs whole sequences, so it has no sessions. Use predict.",
            )
        return self.stream, self.batcher


@dataclass(slots=True, eq=False)
class Session:
    """A stream of values whose state is kept between requests."""

    id: str
    entry: Entry
    queue: Queue
    created: float = field(default_factory=time.time)


def put(model: StreamedModel, queue: Queue, snapshot: Snapshot | None) -> None:
    """Go back to the start of a sequence, or to a snapshot."""
    if snapshot is None:
        model.rows.reset(queue.row)
        queue.steps = 0
    else:
        model.rows.scatter([queue.row], [part[None] for part in snapshot.parts])
        queue.steps = snapshot.steps


def copied(model: StreamedModel, queue: Queue) -> Snapshot:
    """A copy of the state."""
    return Snapshot(queue.steps, [part[0] for part in model.rows.gather([queue.row])])


def end(model: StreamedModel, queue: Queue) -> None:
    """End a session and give its row back; the second time, nothing."""
    if not queue.closed:
        queue.closed = True
        if queue.row >= 0:
            model.rows.give_back(queue.row)
            queue.row = -1


def require_open(queue: Queue) -> None:
    """Refuse where the session was deleted."""
    if queue.closed:
        raise Refused(404, "no-session", "The session was deleted.")
