"""Sessions on disk: one safetensors file each, in the folder of their run.

Files are written whole or not at all, and read only after their header was compared with the
shapes of the run's model. Nothing in them is executed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from echospan.errors import CorruptRun, StoreError
from echospan.files import open_folder
from echospan.server.errors import Refused
from echospan.store.arrays import read_arrays, write_arrays
from echospan.store.problems import MissingFile, os_errors

FOLDER = "sessions"
_ID = re.compile(r"[0-9a-f]{32}")
_ENDING = ".safetensors"
_MOST_STEPS = 10**15


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The state of one session at one moment.

    Attributes:
        steps: Values that it has processed.
        parts: An array (...) for each part of its state.
    """

    steps: int
    parts: list[np.ndarray]


def is_session_id(text: str) -> bool:
    """Whether a text can be a session's id; nothing else becomes part of a path."""
    return _ID.fullmatch(text) is not None


def write(run: Path, session: str, snapshot: Snapshot) -> None:
    """Save a session in its run's folder.

    Raises:
        StoreError: The disk refuses, or the run was removed.
    """
    with os_errors("write", run), open_folder(run) as folder:
        folder.make(FOLDER, there=True)
    arrays = {_name(place): part for place, part in enumerate(snapshot.parts)}
    # A model without a state has nothing but its count of steps.
    arrays["steps"] = np.array([snapshot.steps], "int64")
    about = json.dumps({"run": run.name, "session": session})
    write_arrays(_path(run, session), arrays, {"echospan": about})


def read(run: Path, session: str, zero: Sequence[np.ndarray], symbols: int) -> Snapshot | None:
    """A saved session; None where there is none.

    Args:
        run: The run's folder.
        session: The session's id.
        zero: The parts that a state of this run must have.
        symbols: Number of distinct symbols.

    Raises:
        Refused: The file is damaged, or is that of another run or session.
    """
    expected = {_name(place): (part.shape, part.dtype.name) for place, part in enumerate(zero)}
    expected["steps"] = ((1,), "int64")
    try:
        arrays, about = read_arrays(_path(run, session), expected)
        told = json.loads(about.get("echospan", "null"))
    except MissingFile:
        return None
    except (CorruptRun, ValueError, RecursionError):
        raise _damaged(session) from None
    steps = int(arrays.pop("steps")[0])
    parts = [arrays[_name(place)] for place in range(len(zero))]
    fits = told == {"run": run.name, "session": session} and 0 <= steps <= _MOST_STEPS
    if not fits or not all(_sound(part, symbols) for part in parts):
        raise _damaged(session)
    return Snapshot(steps, parts)


def remove(run: Path, session: str) -> bool:
    """Delete a saved session; whether there was one."""
    try:
        with open_folder(run / FOLDER) as folder:
            there = folder.kind(session + _ENDING) == "file"
            folder.unlink(session + _ENDING)
            return there
    except OSError:
        return False


def exists(run: Path, session: str) -> bool:
    """Whether a session is saved."""
    try:
        with open_folder(run / FOLDER) as folder:
            return folder.kind(session + _ENDING) == "file"
    except OSError:
        return False


def count(run: Path) -> int:
    """How many sessions of a run are saved."""
    try:
        with open_folder(run / FOLDER) as folder:
            return sum(is_session_id(name.removesuffix(_ENDING)) for name in folder.names())
    except OSError:
        return 0


def _sound(part: np.ndarray, symbols: int) -> bool:
    if part.dtype.kind == "f":
        return bool(np.isfinite(part).all())
    return bool(((part >= -1) & (part < symbols)).all())


def _name(place: int) -> str:
    return f"state.{place:03d}"


def _path(run: Path, session: str) -> Path:
    if not is_session_id(session):
        raise StoreError("A session's id must be 32 hexadecimal digits.")
    return run / FOLDER / f"{session}{_ENDING}"


def _damaged(session: str) -> Refused:
    return Refused(409, "damaged", f"The saved session {session} is damaged or of another model.")
