"""A new index in place of one that cannot be used: made from the run folders, the old one kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from echospan.errors import StoreError
from echospan.files import open_folder
from echospan.store import names
from echospan.store.folders import resolve_location
from echospan.store.index import BESIDE
from echospan.store.lease import described, is_alive
from echospan.store.problems import BadIndex, os_errors
from echospan.store.record import now
from echospan.store.recovery import Rebuilt, scan
from echospan.store.store import Store


@dataclass(frozen=True)
class Repaired:
    """What `rebuild_store` did.

    Attributes:
        indexed: How many runs are in the index from their folders.
        skipped: Folder name to the reason why it could not be read.
        aside: Where the old index is now; None where it could be used and was put right.
    """

    indexed: int
    skipped: dict[str, str]
    aside: Path | None


def rebuild_store(path: str | Path | None = None, *, force: bool = False) -> Repaired:
    """Make the index say what the run folders say, whatever stands in its place now.

    An index that cannot be used is moved aside, with the files beside it; nothing is deleted.

    Args:
        path: The store's folder; else the environment's ECHOSPAN_STORE, else ./echospan-runs.
        force: Also where a run seems to be running. If its process still works, it goes on with
            the new index.

    Raises:
        StoreError: There is no store, a run is running, or the system refuses.

    Example:
        >>> with echospan.Store("my-runs") as store:
        ...     count = len(store.list())
        >>> from echospan.store import rebuild_store
        >>> rebuild_store("my-runs").indexed == count
        True
    """
    root = Path(os.path.realpath(resolve_location(path)))
    aside = None
    try:
        with Store(root, create=False) as store:
            rebuilt = store.rebuild_index()
            # Rows of which no folder could tell what they should be.
            store.list()
    except BadIndex:
        if not force:
            _check_none_runs(root)
        aside = _move_aside(root)
        Store(root, create=False).close()
        rebuilt = Rebuilt(*_counted(root))
    return Repaired(rebuilt.indexed, dict(rebuilt.skipped), aside)


def _counted(root: Path) -> tuple[int, Mapping[str, str]]:
    records, skipped = scan(root / names.RUNS)
    return len(records), skipped


def _check_none_runs(root: Path) -> None:
    for record in scan(root / names.RUNS)[0]:
        if record.state == "running" and is_alive(record):
            raise StoreError(
                f"{described(record)} It uses the index. End that process first, or use --force "
                "(force=True)."
            )


def _move_aside(root: Path) -> Path:
    new = f"{names.INDEX}.{now():%Y%m%d-%H%M%S-%f}.bad"
    with os_errors("move the index in", root), open_folder(root) as folder:
        # Its log first: without its database it means nothing, and the new one has its own.
        for ending in (*BESIDE, ""):
            if folder.kind(names.INDEX + ending) != "missing":
                folder.rename(names.INDEX + ending, folder, new + ending)
        folder.sync()
    return root / new
