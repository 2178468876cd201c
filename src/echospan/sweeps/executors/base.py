"""The protocol between the driver of a sweep and what starts its work: a pool, Slurm, Ray.

An executor takes packs and says when each has ended. It neither looks into a pack nor returns
results: a worker calls `echospan.sweeps.work.run_pack(pack.to_dict())`, which reads what to do from
the folders of the pack's runs and writes what came out there. So all that an executor needs is that
its workers see the store's folder, under the same path. The driver reads the folders; it believes
no message. A worker may be killed at any moment: the driver finds out from the folders what is
finished, and hands in the rest in another pack.

How to write one:

1. A subclass of `Executor` in a module of its own, with a row in `executors/__init__.py`.
2. Its worker's side is one call, ``run_pack(content)``, with the plain dictionary that `to_dict`
   gave. The function must be called in the main thread of a process that does nothing else; it
   returns when the pack is done or was stopped, and raises only if the pack itself cannot be read.
3. It holds no results, retries nothing, and never decides that a unit failed. Where the engine
   retries by itself (Ray), that must be harmless: `run_pack` leaves out what is finished.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from echospan.sweeps.pack import Pack, Task

__all__ = ["Ended", "Executor", "Pack", "Place", "Task"]


@dataclass(frozen=True)
class Ended:
    """A pack that no worker works on any more.

    Attributes:
        pack_id: Which one.
        error: Empty where `run_pack` returned. Else what is known of why it did not, as a sentence
            that a user can read: "The worker was ended by SIGKILL.", "Slurm: NODE_FAIL.".
    """

    pack_id: str
    error: str = ""


@dataclass(frozen=True)
class Place:
    """Where and how an executor works.

    Attributes:
        folder: A folder of the sweep's own inside the store, for the executor's files (scripts,
            logs). It exists, the workers see it, and it is removed after a sweep that finished.
        workers: How many packs run at once; None for the executor's default.
        options: The table ``[executor.NAME]`` of the sweep's file, such as
            ``{"partition": "short", "gpus_per_task": 0.5}``. An executor refuses, with
            `ConfigError`, names that it does not know.
        time_limit: Seconds that one unit may take; None for no limit. The driver enforces it with
            `kill`; an engine that asks for a limit of its own may derive one from it.
    """

    folder: Path
    workers: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    time_limit: float | None = None


class Executor(ABC):
    """Starts packs somewhere and says when they ended. Used from one thread, the driver's.

    Made as ``Class(place)``. Making it may start or connect to the engine; what goes wrong there is
    a `ConfigError`, `MissingExtra` or `EchospanError` of one line that says what to start or
    install. Nothing is stored by then.

    The driver calls, over and over: `submit` while fewer than `capacity` packs are in flight, then
    `ended`. At the end, or after an error or Ctrl-C, `close`.
    """

    name: ClassVar[str]
    """What ``--executor`` calls it."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    @abstractmethod
    def slots(self) -> int:
        """Packs that run at the same time, roughly; for sharing out the work."""

    @property
    def capacity(self) -> int:
        """Packs that may be in flight at once, submitted and not ended; at least `slots`."""
        return 2 * self.slots

    def pack_size(self, left: int) -> int:
        """Units that the next pack should hold.

        Args:
            left: Units that are not handed in yet; at least 1.
        """
        # Large ones at first, since handing in takes time; small ones in the end, so that all
        # workers end at about the same time.
        return max(1, min(20, left // (3 * self.slots)))

    @abstractmethod
    def submit(self, pack: Pack) -> None:
        """Let a worker do the pack, now or as soon as one is free. Returns at once.

        Raises:
            EchospanError: The engine refuses, or is gone. The driver ends the sweep then; all that
                was done is kept.
        """

    def submit_many(self, packs: Sequence[Pack]) -> None:
        """The same for several, for engines that start many with one call (Slurm's arrays)."""
        for pack in packs:
            self.submit(pack)

    @abstractmethod
    def ended(self, timeout: float) -> Iterator[Ended]:
        """Packs that ended since the last call, each one once, in any order.

        Waits until there is one, but at most `timeout` seconds. It is called several times a
        second, so it must be cheap when nothing has happened.

        Raises:
            EchospanError: The engine is gone.
        """

    @abstractmethod
    def kill(self, pack_id: str) -> None:
        """End a pack at once, whatever it does (it hangs, say), and report its end by `ended`.

        Returns without waiting for that. A pack that has not begun is taken back. One that is not
        known, or has ended, is no error.
        """

    @abstractmethod
    def close(self) -> None:
        """Kill what still runs, give all back that was taken. Closing twice is allowed.

        The driver first asks packs to end by their stop file and waits for them; this is for the
        end of a sweep, a second Ctrl-C and errors. It must not raise.
        """
