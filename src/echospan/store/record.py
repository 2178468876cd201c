"""What the index holds about one run, and what a listing shows of it.

The same record lies as ``run.json`` in the run's folder, so that the index can be rebuilt.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
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

Kind: TypeAlias = Literal["run", "span", "compare", "needs", "uses", "diagnose", "conform", "check"]
KINDS: tuple[Kind, ...] = get_args(Kind)


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
        kind: "run" of an experiment, "span" of a model's sheet, "compare" of a comparison; else the
            verb whose report it is.
        outcome: What came out, in a few words, where that is no accuracy: "span 17".
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
    kind: Kind = "run"
    outcome: str = ""

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
        machine: Where the process id counts; see liveness.Owner.
        token: Of the process's lease; each process that takes the run has another one.
        renewed: When the lease was last renewed, in seconds since 1970; None in older runs.
        uptime: The same in seconds since the machine was started; None where it has no such clock.
    """

    host: str
    pid: int
    started: str
    since: float
    machine: str = ""
    token: str = ""
    renewed: float | None = None
    uptime: float | None = None

    @property
    def owner(self) -> Owner:
        """The process that runs it, or last ran it."""
        return Owner(self.host, self.pid, self.started, self.machine)

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


_TYPES = {
    name: frozenset(_types(annotation)) for name, annotation in get_type_hints(RunRecord).items()
}
_DEFAULTS = {
    field.name: field.default
    for field in dataclasses.fields(RunRecord)
    if field.default is not dataclasses.MISSING
}
_TEXT_LIMIT = 1000


def wrong_field(data: Mapping[str, Any]) -> str:
    """What is wrong with the values of a record that comes from a file; empty where nothing is."""
    if set(data) != set(COLUMNS):
        wrong = sorted(set(data) ^ set(COLUMNS))[:5]
        return f"it lacks these fields or should not have them: {wrong}"
    for name, allowed in _TYPES.items():
        value = data[name]
        kind = type(value)  # and not isinstance: true and false are ints to Python.
        if kind not in allowed:
            return f"the field {name!r} has the wrong type"
        if kind is str and (len(value) > _TEXT_LIMIT or not value.isprintable()):
            return f"the field {name!r} is too long, or cannot be printed"
        if kind is float and not math.isfinite(value):
            return f"the field {name!r} is not finite"
    if data["state"] not in STATES:
        return f"the state {data['state']!r:.40} is none of {', '.join(STATES)}"
    if data["kind"] not in KINDS:
        return f"the kind {data['kind']!r:.40} is none of {', '.join(KINDS)}"
    if not all(-(1 << 63) <= data[name] < 1 << 63 for name in ("seed", "pid")):
        return "a number is out of range"
    return ""


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
    write_json(folder / RECORD, as_json(record))


def as_json(record: RunRecord) -> dict[str, Any]:
    """What ``run.json`` holds."""
    return {"format": FORMAT, **{name: getattr(record, name) for name in COLUMNS}}


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
    # Older runs lack what came with later versions of the index.
    data = {**_DEFAULTS, **data}
    if why := wrong_field(data):
        raise corrupt(path, why)
    if data["run_id"] != folder.name:
        raise corrupt(path, f"it belongs to the run {data['run_id']!r:.80}")
    return RunRecord(**data)


def is_folder(folder: Path) -> bool:
    """Whether a run's folder is there, and is no link to somewhere else."""
    return folder.is_dir() and not folder.is_symlink()
