"""Names: run ids, the names of artifacts and arrays, and the files of a run's folder.

Every name that becomes part of a path passes through here, so that no name can leave the store.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from echospan.errors import StoreError, shown

INDEX = "index.sqlite"
RUNS = "runs"
STAGING = ".staging"
TRASH = ".trash"
COMPLETE = ".complete"

RECORD = "run.json"
CONFIG = "config.json"
RESULT = "result.json"
ENVIRONMENT = "environment.json"
HISTORY = "history.safetensors"
WEIGHTS = "weights.safetensors"
CHECKPOINT = "checkpoint.safetensors"
FAILURE = "failure.txt"
ARTIFACTS = "artifacts"
PARTS = "parts"
JSONS = "json"
SUBFOLDERS = (ARTIFACTS, JSONS, PARTS)

_RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,95}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TEXT_LIMIT = 200
_ARRAY_NAME_LIMIT = 512


def new_run_id(recipe: str, created: datetime) -> str:
    """A readable id, such as ``window-20261123-101500-3f2a``; ids of one recipe sort by time."""
    return f"{slug(recipe) or 'run'}-{created:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def slug(text: str) -> str:
    """A text as part of an id: at most 40 lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")


def is_run_id(text: str) -> bool:
    """Whether ``text`` has the form of a run id, or of the beginning of one."""
    return _RUN_ID.fullmatch(text) is not None


def check_run_id(text: str) -> str:
    """``text`` itself, if it has the form of a run id.

    Raises:
        StoreError: It has not; ``../x``, ``/x`` and the like end here.
    """
    if not is_run_id(text):
        raise StoreError(
            f"A run id must be lower-case letters, digits and hyphens; got {shown(text)}. "
            "`echospan runs list` shows the ids there are."
        )
    return text


def check_file_name(text: str) -> str:
    """``text`` itself, if it can name an artifact or a JSON object of a run.

    Raises:
        StoreError: It cannot.
    """
    if _FILE_NAME.fullmatch(text) is None:
        raise StoreError(
            "A stored object's name must be 1 to 64 letters, digits, '.', '_' or '-', beginning "
            f"with a letter or digit; got {shown(text)}."
        )
    return text


def check_array_name(text: object) -> str:
    """``text`` itself, if it can name an array. Slashes are allowed: it never becomes a path.

    Raises:
        StoreError: It is empty, too long, reserved, or holds control characters.
    """
    if (
        not isinstance(text, str)
        or not 0 < len(text) <= _ARRAY_NAME_LIMIT
        or not text.isprintable()
        or text == "__metadata__"
    ):
        raise StoreError(
            f"An array's name must be 1 to {_ARRAY_NAME_LIMIT} printable characters and not "
            f"'__metadata__'; got {shown(text)}."
        )
    return text


def check_text(field: str, text: str, *, empty: bool) -> str:
    """``text`` itself, if it can stand in a listing: short, printable, on one line.

    Raises:
        StoreError: It cannot.
    """
    if not text.isprintable() or len(text) > _TEXT_LIMIT or (not text and not empty):
        least = 0 if empty else 1
        raise StoreError(
            f"{field} must be {least} to {_TEXT_LIMIT} printable characters; got {text[:80]!r}."
        )
    return text
