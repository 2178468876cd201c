"""What a worker does with a pack: takes its runs, does them, writes into their folders.

This is all that happens on the far side of an executor. It opens no database: the row of each run
in the store's index is the driver's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echospan.errors import CorruptRun, RunNotFound, StoreError
from echospan.limits import given_consent
from echospan.observer import Stop
from echospan.store import LostRun, names
from echospan.store.detached import DetachedRun
from echospan.store.files import synced_later
from echospan.sweeps.pack import Pack
from echospan.sweeps.verbs import verb_class

LOOK_SECONDS = 0.25
"""How often a worker looks whether it is asked to end."""


def run_pack(content: Mapping[str, Any]) -> None:
    """Do a pack: every unit of it that is not finished yet.

    What became of a unit stands in its run's ``run.json``: finished, failed with a traceback, or
    interrupted with a checkpoint, where the pack's stop file or a SIGTERM asked to end. A unit
    whose run was taken over by another driver is left alone.

    Args:
        content: What `Pack.to_dict` gave.

    Raises:
        StoreError: The store's folder is not there, or nothing can be written there.
    """
    pack = Pack.from_dict(content)
    stop = _StopFile(Path(pack.stop_file))
    # The driver has written down what it enters into the index.
    with stop.on_interrupt(), given_consent(pack.yes), synced_later():
        runs = [run for task in pack.tasks if (run := _open(pack, task.run_id, task.token))]
        if runs:
            verb_class(pack.verb, trust=pack.trust).work(runs, stop, trust=pack.trust)


def _open(pack: Pack, run_id: str, token: str) -> DetachedRun | None:
    """The run, if there is something to do and it is still the driver's."""
    folder = Path(pack.store) / names.RUNS / names.check_run_id(run_id)
    if not Path(pack.store).is_dir():
        raise StoreError(f"There is no store at {pack.store}, where this worker runs.")
    try:
        run = DetachedRun(folder, token)
        run.resume()
    except (LostRun, RunNotFound, CorruptRun):
        return None
    return run


class _StopFile(Stop):
    """Whether the driver asks to end, by a file that every worker sees, or the system does."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path, self._next = path, 0.0

    def __call__(self) -> bool:
        if not super().__call__() and time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK_SECONDS
            if self._path.exists():
                self.request()
        return super().__call__()
