"""Where the store lies."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "ECHOSPAN_STORE"
DEFAULT = "echospan-runs"


def resolve_location(path: str | os.PathLike[str] | None = None) -> Path:
    """The store's folder, as an absolute path: ``path``, else ECHOSPAN_STORE, else ./echospan-runs.

    An empty string counts as not given. ``~`` is expanded. Nothing is created.
    """
    chosen = str(path) if path is not None else ""
    chosen = chosen or os.environ.get(VARIABLE, "") or DEFAULT
    return Path(os.path.abspath(os.path.expanduser(chosen)))
