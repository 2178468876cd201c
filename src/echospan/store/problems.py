"""From the system's errors to one line that says what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from echospan.errors import CorruptRun, StoreError
from echospan.files import Refused

ELSEWHERE = "choose another folder with --store or ECHOSPAN_STORE"

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES: "permission is refused", errno.EPERM: "permission is refused"}
_NOT_A_FOLDER = {errno.ENOTDIR, errno.EEXIST}


class BadIndex(StoreError):
    """The index is damaged, or none of ours. The run folders are all that it takes to make it."""


class LostRun(StoreError):
    """Another process took the run over, or ended it, while this one seemed dead."""


class MissingFile(CorruptRun):
    """A file is not there. Whether that is damage depends on the file and the run's state."""


def corrupt(path: Path, why: str) -> CorruptRun:
    """The error for a damaged file of a run; it names the file."""
    return CorruptRun(f"{path} cannot be used: {why}. Other runs are not touched by this.")


def from_os(error: OSError, doing: str, path: Path, elsewhere: str = ELSEWHERE) -> StoreError:
    """The StoreError for an operating system error.

    Args:
        error: What the system said.
        doing: What was tried, as a verb phrase such as ``"write"``.
        path: The file or folder it was tried on.
        elsewhere: What the user can do instead, as the end of "free some space, or ...".
    """
    if isinstance(error, Refused):
        return corrupt(Path(error.filename), str(error.strerror))
    code = error.errno
    if code in _FULL:
        why, advice = "the disk is full", f"Free some space, or {elsewhere}."
    elif code == errno.EROFS:
        why, advice = "the disk is read-only", f"{_sentence(elsewhere)}."
    elif code in _REFUSED:
        why = _REFUSED[code]
        advice = f"Change the folder's permissions, or {elsewhere}."
    elif code in _NOT_A_FOLDER:
        why = "there is a file, but a folder is needed"
        advice = f"{_sentence(elsewhere)}."
    else:
        why, advice = error.strerror or str(error), f"{_sentence(elsewhere)}."
    return StoreError(f"Cannot {doing} {path}: {why}. {advice} What was stored before is kept.")


@contextmanager
def os_errors(doing: str, path: Path, elsewhere: str = ELSEWHERE) -> Iterator[None]:
    """Turn every OSError of the block into a StoreError."""
    try:
        yield
    except OSError as error:
        raise from_os(error, doing, path, elsewhere) from error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process holds the lock, so that trying again makes sense."""
    return _primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def from_sqlite(error: sqlite3.Error, path: Path) -> StoreError:
    """The StoreError for an SQLite error on the index at ``path``."""
    code = _primary_code(error)
    if isinstance(error, sqlite3.ProgrammingError):
        return StoreError(f"Cannot use the store's index {path}: {error} Open the store again.")
    text = {
        sqlite3.SQLITE_FULL: f"the disk is full. Free some space, or {ELSEWHERE}.",
        sqlite3.SQLITE_READONLY: f"it is read-only. {_sentence(ELSEWHERE)}.",
        sqlite3.SQLITE_PERM: f"permission is refused. {_sentence(ELSEWHERE)}.",
        sqlite3.SQLITE_CANTOPEN: f"it cannot be opened for writing. {_sentence(ELSEWHERE)}.",
        sqlite3.SQLITE_BUSY: "another process keeps it locked. Wait for that process, or end it.",
        sqlite3.SQLITE_LOCKED: "another process keeps it locked. Wait for that process, or end it.",
        sqlite3.SQLITE_IOERR: f"reading or writing failed ({error}). {_sentence(ELSEWHERE)}.",
    }.get(code)
    if text is None:
        return bad_index(path, _DAMAGE.get(code, str(error).rstrip(".")))
    return StoreError(
        f"Cannot use the store's index {path}: {text} What was stored before is kept."
    )


_DAMAGE = {
    sqlite3.SQLITE_NOTADB: "it is not a database",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_TOOBIG: "it is damaged (a value is too long)",
    sqlite3.SQLITE_INTERRUPT: "it is damaged (a query came to no end)",
}


def bad_index(path: Path, why: str) -> BadIndex:
    """The error for an index that cannot be used, and what to do."""
    return BadIndex(
        f"Cannot use the store's index {path}: {why}. Run `echospan runs rebuild`: it moves that "
        f"file aside and makes a new index from the run folders. Or {ELSEWHERE}. What was stored "
        "before is kept."
    )


def _primary_code(error: sqlite3.Error) -> int:
    # Extended codes such as SQLITE_IOERR_WRITE carry the primary code in the low byte. Errors
    # that the Python module raises itself have no code.
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else code & 0xFF


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
