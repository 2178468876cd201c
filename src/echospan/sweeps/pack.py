"""A pack: what a driver hands to one worker at a time, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Task:
    """One unit of a pack: a run of the store that the driver owns, and for which it lets one work.

    Attributes:
        run_id: The run. Its folder is ``STORE/runs/RUN_ID``, which holds all settings.
        token: The driver's claim of it. A worker writes to the folder only as long as the run's
            ``run.json`` holds this token: when another driver took the run over, it ends.
    """

    run_id: str
    token: str


@dataclass(frozen=True)
class Pack:
    """Units that one worker does, one after the other or in one program. Plain data.

    Attributes:
        id: A name of its own, fit for a file: lower-case letters, digits and hyphens.
        store: The store's folder, absolute, as the workers see it.
        verb: What is done with each unit: "run", "span" or "check", as in `echospan.sweeps.verbs`.
        tasks: The units, in the order in which they are done.
        stop_file: When a file of this name exists, the worker ends soon, and keeps where it stands.
        trust: Whether classes that settings name as ``package.module:Class`` are imported.
        yes: Whether the user lifted the limits of memory and time.
        attempt: How often units of it were handed in before; 0 the first time.
    """

    id: str
    store: str
    verb: str
    tasks: tuple[Task, ...]
    stop_file: str
    trust: bool = False
    yes: bool = False
    attempt: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON and pickle know, for the way to a worker."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Pack:
        """The pack that `to_dict` gave, after a way through JSON or not."""
        tasks = tuple(Task(**task) for task in content["tasks"])
        return cls(**{**content, "tasks": tasks})
