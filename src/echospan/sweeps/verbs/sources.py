"""Files that units read: where they are, and what they hold."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from echospan.adapters.loading import function_of
from echospan.errors import DataError
from echospan.spans.keep.sources import fingerprints

HF = "hf:"


def is_code(text: Any) -> bool:
    """Whether it names code that is imported. A .keras file is not: its loader looks into it."""
    return isinstance(text, str) and ":" in text and not text.startswith(HF)


def placed(text: str, folder: Path, *, code: bool) -> str:
    """What a sweep's file names, as it is found from here.

    Args:
        text: The path of a file of data; or of code: a model's name or file,
            ``FILE.py:function``, ``hf:FOLDER``.
        folder: Where paths begin.
        code: Which of the two.
    """
    before, path, after = "", text, ""
    if code:
        if text.startswith(HF):
            before, path = HF, text.removeprefix(HF)
        elif ".py:" in text:
            path, colon, name = text.rpartition(":")
            after = colon + name
        elif not text.endswith(".keras"):
            return text
    there = folder / path
    if not there.exists():
        # What is wrong is said of what was typed; another machine may have it where it works.
        return text
    here = Path(path)
    as_typed = here.exists() and here.samefile(there)
    return text if as_typed else f"{before}{there.absolute()}{after}"


def digests(text: Any, *, code: bool, field: str = "model") -> dict[str, str]:
    """SHA-256 of each file that something is made of, by name; of what is built in, none.

    Args:
        text: As `placed` gave it; None for nothing.
        code: Whether it may be code.
        field: Name of the setting in errors.

    Raises:
        ConfigError: It names code that can't be imported.
        DataError: A file does not exist, or can't be read.
    """
    if not isinstance(text, str):
        return {}
    if not code:
        return {Path(text).name: _digest(Path(text))}
    if text.startswith(HF):
        folder = Path(text.removeprefix(HF))
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        return {f"{folder.name}/{one.name}": _digest(one) for one in files if one.is_file()}
    if text.endswith(".keras"):
        return {Path(text).name: _digest(Path(text))}
    place, _, _ = text.rpartition(":")
    found = {}
    if not place or callable(function_of(text, field, objects=True)):
        found = fingerprints(text)
    if place.endswith(".py"):
        found[Path(place).name] = _digest(Path(place))
    return found


def _digest(path: Path) -> str:
    try:
        status = path.stat()
        if not path.is_file():
            raise DataError(f"{path} is no file.")
        return _digest_of(path.absolute(), status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}.") from error


@lru_cache(maxsize=1024)
def _digest_of(path: Path, *version: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
