"""What the index holds about one run, and what a listing shows of it.

The same record lies as ``run.json`` in the run's folder, so that the index can be rebuilt.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from echospan.store.files import read_object, write_json
from echospan.store.liveness import Owner
from echospan.store.names import RECORD
from echospan.store.problems import corrupt

State: TypeAlias = Literal["running", "finished", "failed", "interrupted"]
STATES: tuple[State, ...] = get_args(State)
FORMAT = 1


@dataclass(frozen=True)
class RunSummary:
    """One line of a listing.

    Attributes:
        run_id: The run's id.
        recipe: Name of the recipe, or of the user's own experiment.
        state: "running", "finished", "failed" or "interrupted".
        seed: The seed.
        accuracy: Share of scored steps that were right, 0 to 1; None before the run finished.
        created: When it was created, ISO 8601, UTC.
        finished: When it last stopped (finished, failed or was interrupted), ISO 8601, UTC.
        seconds: Time spent running, over all resumptions; what a kill cut off is not in it.
        fingerprint: The experiment's fingerprint.
        label: Free text.
        parent: Id of the run that this one belongs to.
    """

    run_id: str
    recipe: str
    state: State
    seed: int
    accuracy: float | None
    created: str
    finished: str | None
    seconds: float | None
    fingerprint: str
    label: str = ""
    parent: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The summary as a JSON object."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, kw_only=True)
class RunRecord(RunSummary):
    """One row of the index: the summary, and the process that runs it.

    Attributes:
        host: Machine of the process that runs it, or last ran it.
        pid: That process's id.
        started: That process's start time; see liveness.Owner.
        since: When that process began to run it, in seconds since 1970.
    """

    host: str
    pid: int
    started: str
    since: float

    @property
    def owner(self) -> Owner:
        """The process that runs it, or last ran it."""
        return Owner(self.host, self.pid, self.started)

    @property
    def summary(self) -> RunSummary:
        """What a listing shows."""
        names = [field.name for field in dataclasses.fields(RunSummary)]
        return RunSummary(**{name: getattr(self, name) for name in names})


COLUMNS: tuple[str, ...] = tuple(field.name for field in dataclasses.fields(RunRecord))


def _types(annotation: Any) -> tuple[type, ...]:
    """The types that a field's value may have when it comes from JSON."""
    if get_origin(annotation) is Literal:
        return (str,)
    parts = get_args(annotation) or (annotation,)
    return tuple(kind for part in parts for kind in ((int, float) if part is float else (part,)))


_TYPES = {name: _types(annotation) for name, annotation in get_type_hints(RunRecord).items()}


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 with microseconds and Z, so that text order is time order."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def write_record(folder: Path, record: RunRecord) -> None:
    """Write ``run.json``.

    Raises:
        StoreError: The disk refuses.
    """
    write_json(folder / RECORD, {"format": FORMAT, **dataclasses.asdict(record)})


def read_record(folder: Path) -> RunRecord:
    """Read ``run.json`` and check every field.

    Raises:
        CorruptRun: It is missing, damaged, of a newer format, or of another run.
    """
    path = folder / RECORD
    if not is_folder(folder):
        raise corrupt(folder, "it is not a folder, or is missing")
    data = read_object(path)
    if data.pop("format", None) != FORMAT:
        raise corrupt(path, f"its format is not {FORMAT}; a newer echospan may read it")
    # Label and parent came with the index's version 2; older runs lack them.
    data = {"label": "", "parent": None, **data}
    if set(data) != set(COLUMNS):
        wrong = sorted(set(data) ^ set(COLUMNS))[:5]
        raise corrupt(path, f"it lacks these fields or should not have them: {wrong}")
    for name, allowed in _TYPES.items():
        if not isinstance(data[name], allowed) or isinstance(data[name], bool):
            raise corrupt(path, f"the field {name!r} has the wrong type")
    if data["run_id"] != folder.name:
        raise corrupt(path, f"it belongs to the run {data['run_id']!r:.80}")
    if data["state"] not in STATES:
        raise corrupt(path, f"the state {data['state']!r:.40} is none of {', '.join(STATES)}")
    if not all(-(1 << 63) <= data[name] < 1 << 63 for name in ("seed", "pid")):
        raise corrupt(path, "a number is out of range")
    return RunRecord(**data)


def is_folder(folder: Path) -> bool:
    """Whether a run's folder is there, and is no link to somewhere else."""
    return folder.is_dir() and not folder.is_symlink()
