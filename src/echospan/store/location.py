"""Where the store lies."""

from __future__ import annotations

import os
from pathlib import Path

from echospan.errors import StoreError
from echospan.files import Refused, open_folder
from echospan.store import names
from echospan.store.problems import ELSEWHERE, os_errors

VARIABLE = "ECHOSPAN_STORE"
DEFAULT = "echospan-runs"


def resolve_location(path: str | os.PathLike[str] | None = None) -> Path:
    """The store's folder, as an absolute path: ``path``, else ECHOSPAN_STORE, else ./echospan-runs.

    An empty string counts as not given. ``~`` is expanded. Nothing is created.
    """
    chosen = str(path) if path is not None else ""
    chosen = chosen or os.environ.get(VARIABLE, "") or DEFAULT
    return Path(os.path.abspath(os.path.expanduser(chosen)))


def prepare(path: Path) -> Path:
    """Make the store's folders where they are missing; the store's real path.

    The folder that the user named may be a link, or lie behind one. From there on nothing may be:
    what a store writes, renames and deletes stays in it.

    Raises:
        StoreError: One of the store's own folders is a link or a file, or the system refuses.
    """
    with os_errors("use the store", path):
        path.mkdir(parents=True, exist_ok=True)
        real = Path(os.path.realpath(path))
        try:
            with open_folder(real) as root:
                for name in (names.RUNS, names.STAGING, names.TRASH):
                    root.make(name, there=True)
        except Refused as error:
            raise StoreError(
                f"Cannot use the store {path}: {error.filename} is a link, and links inside a "
                f"store are not followed. Put a folder in its place, or {ELSEWHERE}. "
                "Nothing was changed."
            ) from None
    return real
