"""Files of a run's folder: written whole or not at all, read only within limits.

Reading trusts nothing: no links are followed, only regular files are opened (a named pipe would
block for ever), and the size is checked before anything is read.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import numpy as np

from echospan.errors import StoreError
from echospan.files import open_folder
from echospan.store.problems import MissingFile, corrupt, from_os, os_errors

MIB = 1 << 20
JSON_LIMIT = 64 * MIB
TEXT_LIMIT = MIB
TEMPORARY = ".tmp"


Fence: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Is entered for as long as a finished file takes its name; may refuse that by an error."""


def write_atomic(path: Path, data: bytes, fence: Fence = nullcontext) -> None:
    """Write ``data`` to ``path`` so that at every moment the old or the new file is there, whole.

    Raises:
        StoreError: The disk is full or read-only; the old file is then still there.
        CorruptRun: A link leads to the folder, or the file is a link, a pipe or a device.
    """
    sync = not _later
    with os_errors("write", path), open_folder(path.parent) as folder:
        with folder.writing(path.name, ending=TEMPORARY, last=fence, sync=sync) as file:
            file.write(data)
        if sync:
            folder.sync()


_later: list[None] = []
"""One entry for each block of `synced_later` that this process is in."""


@contextmanager
def synced_later() -> Iterator[None]:
    """Let files written inside the block survive a power cut only after `sync_disk`.

    A kill loses nothing of them all the same. Waiting for the disk takes some milliseconds a file,
    and a run has a dozen. It counts for all threads of the process. Where the system has no way to
    write everything down at once, each file is written down as it comes.
    """
    if not hasattr(os, "sync"):
        yield
        return
    _later.append(None)
    try:
        yield
    finally:
        _later.pop()


def sync_disk(path: Path) -> None:
    """Write down everything that was written to the file system of the folder ``path``.

    Raises:
        StoreError: The system refuses.
    """
    if not hasattr(os, "sync"):
        return
    call = _syncfs()
    if call is None:
        os.sync()
        return
    with os_errors("write", path), open_folder(path) as folder:
        if folder.handle is not None and (code := call(folder.handle)):
            raise OSError(code, os.strerror(code), str(path))


@cache
def _syncfs() -> Callable[[int], int] | None:
    """Linux's call for one file system, which gives an error number; None where there is none."""
    try:
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        syncfs = library.syncfs
    except (ImportError, OSError, AttributeError, TypeError):
        return None

    def call(handle: int) -> int:
        return ctypes.get_errno() if syncfs(ctypes.c_int(handle)) else 0

    return call


def remove_leftovers(path: Path) -> None:
    """Delete temporary files that killed writers left in the folder ``path``, if there is one.

    Raises:
        CorruptRun: The folder is a link to somewhere else.
        StoreError: The system refuses.
    """
    with os_errors("write", path):
        try:
            folder = open_folder(path)
        except FileNotFoundError:
            return
        with folder:
            for name in folder.names():
                temporary = name.startswith(".") and name.endswith(TEMPORARY)
                if temporary and folder.kind(name) in ("file", "link"):
                    folder.unlink(name)


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file for reading, in binary.

    Raises:
        MissingFile: It is not there.
        CorruptRun: It is a link, a folder, a pipe or a device.
        StoreError: The system refuses.
    """
    try:
        with open_folder(path.parent) as folder:
            handle = folder.open(path.name, os.O_RDONLY)
    except FileNotFoundError as error:
        raise MissingFile(f"{path} is missing. Other runs are not touched by this.") from error
    except OSError as error:
        raise from_os(error, "read", path) from error
    return os.fdopen(handle, "rb")


def file_size(file: BufferedReader) -> int:
    """The real size of an open file in bytes."""
    return os.fstat(file.fileno()).st_size


def read_limited(path: Path, limit: int) -> bytes:
    """The whole file, if it holds at most ``limit`` bytes.

    Raises:
        CorruptRun: It is larger, or not a regular file.
    """
    with open_regular(path) as file:
        size = file_size(file)
        if size > limit:
            raise corrupt(path, f"it holds {size} bytes, and at most {limit} are read")
        with os_errors("read", path):
            return file.read(limit)


def write_json(path: Path, value: object, fence: Fence = nullcontext) -> None:
    """Write a JSON file atomically. See ``to_json`` for what can be stored.

    Raises:
        StoreError: The value cannot be stored as JSON, is too large, or the disk refuses.
    """
    write_atomic(path, json_bytes(value, path.name), fence)


def json_bytes(value: object, name: str) -> bytes:
    """What a JSON file of that name holds.

    Raises:
        StoreError: The value cannot be stored as JSON, or is too large.
    """
    data = to_json(value, name).encode("ascii")
    if len(data) > JSON_LIMIT:
        raise StoreError(
            f"{name} would hold {len(data)} bytes; a stored JSON file may hold "
            f"{JSON_LIMIT}. Store large series as arrays."
        )
    return data


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises:
        MissingFile: The file is not there.
        CorruptRun: It is not JSON, or too large.
    """
    return parse_json(read_limited(path, JSON_LIMIT), path)


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        MissingFile: The file is not there.
        CorruptRun: It is not JSON, not an object, or too large.
    """
    value = read_json(path)
    if not isinstance(value, dict):
        raise corrupt(path, f"it must hold a JSON object and holds a {type(value).__name__}")
    return value


def parse_json(data: bytes | str, path: Path, *, exact: bool = False) -> Any:
    """The value of JSON text that came from ``path``; ``exact`` as in ``to_json``.

    Raises:
        CorruptRun: It is not JSON.
    """
    try:
        return json.loads(data, parse_constant=None if exact else _refuse_constant)
    except RecursionError as error:
        raise corrupt(path, "its JSON is nested too deeply") from error
    except ValueError as error:
        raise corrupt(path, f"it is not valid JSON ({error})") from error


def to_json(value: object, what: str, *, exact: bool = False) -> str:
    """``value`` as ASCII JSON on one line.

    Tuples become lists, NumPy scalars and arrays become numbers and lists, paths become text.

    Args:
        value: The value.
        what: What it is, for messages.
        exact: JSON has no NaN and no infinity, so they become null; with ``exact`` they are
            written as Python's reader takes them.

    Raises:
        StoreError: Something else is in it, or a key is not a string.
    """
    try:
        return json.dumps(_plain(value, what, exact), separators=(",", ":")) + "\n"
    except RecursionError as error:
        raise StoreError(f"{what} is nested too deeply, or contains itself.") from error
    except ValueError as error:
        raise StoreError(f"{what} cannot be stored as JSON: {error}.") from error


def _plain(value: object, where: str, exact: bool) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # str() of an Enum of strings is the name of its class
    if isinstance(value, float):
        return float(value) if exact or math.isfinite(value) else None
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist(), where, exact)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                # json would turn 1 into "1" without a word, and loading would give back another
                # mapping than was stored.
                raise StoreError(f"{where} must have strings as keys; got the key {key!r}.")
        return {
            str.__str__(key): _plain(item, f"{where}, {key!r}", exact)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(item, where, exact) for item in value]
    raise StoreError(
        f"{where} must hold JSON values, NumPy numbers or arrays; got a {type(value).__name__}."
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
