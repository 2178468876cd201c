"""A run that another process owns and lets this one work on: its folder, without the index.

The owner's claim is a token. It stands in ``run.json``, and the owner hands it to the process that
does the work, maybe on another machine. Each write looks whether it still stands there: whoever
takes the run over puts another one in its place. So what works here needs no database, which a
network's file system may not keep from harm, and cannot spoil what another process goes on with.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from echospan.arguments import flag, validated
from echospan.errors import RunNotFound
from echospan.files import open_folder
from echospan.store import names
from echospan.store.files import TEMPORARY, remove_leftovers
from echospan.store.problems import LostRun, os_errors
from echospan.store.record import RunRecord, read_record, write_record
from echospan.store.run import Run


class DetachedRun(Run):
    """A stored run, written to by a process that does not own it.

    Args:
        path: The run's folder.
        token: The owner's claim, under which this process works.

    Raises:
        CorruptRun: The folder is damaged.
        LostRun: The owner's claim has ended.
    """

    indexed: ClassVar[bool] = False

    def __init__(self, path: Path, token: str) -> None:
        self.path, self._token = path, token
        self._began: float | None = None
        self._lock = threading.RLock()
        self._seen: tuple[int, int] | None = None
        self._read = self._looked()
        self.id, self.recipe, self.seed = self._read.run_id, self._read.recipe, self._read.seed

    def begin(self) -> None:
        """Note that the work begins now, for who waits for it. It may have waited before.

        Raises:
            LostRun: The owner's claim has ended.
            StoreError: The run is not running, or the disk refuses.
        """
        # What a killed worker left. Most runs are new, and are looked into once.
        with os_errors("write", self.path), open_folder(self.path) as folder:
            there = folder.names()
        for name in names.SUBFOLDERS:
            if name in there:
                remove_leftovers(self.path / name)
        if any(name.endswith(TEMPORARY) for name in there):
            remove_leftovers(self.path)

        def change(record: RunRecord) -> RunRecord:
            self._owned(record, "begin")
            # Another number than before, wherever the clock stands.
            self._began = time.time()
            return replace(record, since=self._began if self._began != record.since else 0.0)

        self._change(change)

    @validated(force=flag)
    def resume(self, *, force: bool = False) -> None:
        """Look that the claim still stands: its owner has taken the run over already.

        Raises:
            LostRun: It does not.
        """
        self._owned(self._record(), "resume")

    @contextmanager
    def fence(self) -> Iterator[None]:
        """See `Contents.fence`; what it looks at is the file, and no lock keeps others away.

        Another process may take the run over at that very moment. Then it finds one file more than
        it saw, which is whole, and the same that it would write.
        """
        with self._lock:
            self._owned(self._record(), "write to")
            yield

    def _record(self) -> RunRecord:
        try:
            status = os.lstat(self.path / names.RECORD)
            # A file that was replaced is another one: reading it again would say the same.
            seen = (status.st_ino, status.st_mtime_ns)
        except FileNotFoundError:
            raise RunNotFound(f"The run {self.id} was removed, or its store is gone.") from None
        if seen != self._seen:
            self._read = self._looked()
        return self._read

    def _looked(self) -> RunRecord:
        """What ``run.json`` says, read anew."""
        # Looked at first: what replaces it from here on is another file than this one.
        with suppress(OSError):
            status = os.lstat(self.path / names.RECORD)
            self._seen = (status.st_ino, status.st_mtime_ns)
        return read_record(self.path)

    def _change(self, change: Callable[[RunRecord], RunRecord]) -> None:
        with self._lock:
            before = self._record()
            after = change(before)
            if after != before:
                write_record(self.path, after)

    def _release(self) -> None:
        """The claim is the owner's, who ends it."""

    def _owned(self, record: RunRecord, verb: str, unless: str = "running") -> None:
        if record.state not in ("running", unless) or record.token != self._token:
            raise LostRun(
                f"Cannot {verb} the run {self.id}: it is {record.state}, and another process took "
                "it over since this one began."
            )
