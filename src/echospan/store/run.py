"""One run and its course: running, then finished, failed or interrupted, and resumed."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from echospan.arguments import flag, instance, mapping, validated
from echospan.errors import RunNotFound, StoreError
from echospan.files import open_folder
from echospan.store import names
from echospan.store.contents import Contents
from echospan.store.files import TEXT_LIMIT, remove_leftovers, write_atomic
from echospan.store.index import Index
from echospan.store.liveness import is_alive, this_process
from echospan.store.problems import os_errors
from echospan.store.record import RunRecord, RunSummary, State, iso, now, write_record


class Run(Contents):
    """A stored run. ``Store.create`` and ``Store.get`` give one; Contents saves and loads.

    Attributes:
        id: The run's id.
        recipe: Name of the recipe.
        seed: The seed.
        path: The run's folder.
    """

    def __init__(self, index: Index, path: Path, record: RunRecord) -> None:
        self._index = index
        self.id = record.run_id
        self.recipe = record.recipe
        self.seed = record.seed
        self.path = path

    def __repr__(self) -> str:
        return f"Run({self.id!r})"

    @property
    def summary(self) -> RunSummary:
        """What a listing shows of it, read anew."""
        return self._record().summary

    @property
    def state(self) -> State:
        """ "running", "finished", "failed" or "interrupted", read anew."""
        return self._record().state

    @validated(result=mapping("results", named=False))
    def finish(self, result: Mapping[str, Any]) -> None:
        """Save the result and end the run well. The checkpoint is dropped.

        Raises:
            StoreError: The run is not running, or another process took it over.
        """
        accuracy = result.get("accuracy")
        self._owned(self._record(), "finish")
        self.save_result(result)

        def change(record: RunRecord) -> RunRecord:
            self._owned(record, "finish")
            return replace(_stopped(record), state="finished", accuracy=_number(accuracy))

        self._change(change)
        with os_errors("write", self.path), open_folder(self.path) as folder:
            for name in (names.CHECKPOINT, names.FAILURE):
                folder.unlink(name)

    @validated(exception=instance("an exception", "builtins:BaseException"))
    def fail(self, exception: BaseException) -> None:
        """Keep the traceback and end the run as failed. The checkpoint stays."""
        text = "".join(traceback.format_exception(exception)).encode("utf-8", "backslashreplace")

        def change(record: RunRecord) -> RunRecord:
            self._owned(record, "fail", unless="failed")
            return record if record.state == "failed" else replace(_stopped(record), state="failed")

        self._owned(self._record(), "fail", unless="failed")
        try:
            # The end of a long traceback says more than its beginning.
            write_atomic(self.path / names.FAILURE, text[-TEXT_LIMIT:])
        finally:
            # Even where the text finds no room, the state may.
            self._change(change)

    def interrupt(self) -> None:
        """End the run as interrupted. The checkpoint stays, for ``resume``."""

        def change(record: RunRecord) -> RunRecord:
            self._owned(record, "interrupt", unless="interrupted")
            if record.state == "interrupted":
                return record
            return replace(_stopped(record), state="interrupted")

        self._change(change)

    @validated(force=flag)
    def resume(self, *, force: bool = False) -> None:
        """Make this process go on with an interrupted, failed or dead run.

        Args:
            force: Take the run over even if its process seems to live (on another machine, say,
                that is known to be off).

        Raises:
            StoreError: It finished, or runs in another process.
        """
        owner = this_process()

        def change(record: RunRecord) -> RunRecord:
            if record.state == "finished":
                raise StoreError(
                    f"The run {self.id} finished and cannot be resumed. Start a new run instead."
                )
            if (
                record.state == "running"
                and record.owner != owner
                and is_alive(record.owner)
                and not force
            ):
                raise StoreError(
                    f"The run {self.id} is running in process {record.pid} on {record.host}. "
                    "End that process first."
                )
            return replace(
                record,
                state="running",
                finished=None,
                host=owner.host,
                pid=owner.pid,
                started=owner.started,
                since=now().timestamp(),
            )

        # Before it is this process's: a run whose folders lead elsewhere cannot go on.
        self._check_folders()
        self._change(change)
        for folder in (self.path, self.path / names.ARTIFACTS, self.path / names.JSONS):
            remove_leftovers(folder)

    def _check_folders(self) -> None:
        with os_errors("write", self.path), open_folder(self.path) as folder:
            for name in (names.ARTIFACTS, names.JSONS):
                with suppress(FileNotFoundError), folder.sub(name):
                    pass

    def _record(self) -> RunRecord:
        record = self._index.read(self.id)
        if record is None:
            raise RunNotFound(f"The run {self.id} was removed.")
        return record

    def _change(self, change: Callable[[RunRecord], RunRecord]) -> None:
        # Under the write lock, so that of two processes one comes second and sees the first's
        # change. The folder goes first: an index that is behind is put right by recovery.
        with self._index.transaction():
            before = self._record()
            after = change(before)
            if after != before:
                write_record(self.path, after)
                self._index.put(after)

    def _owned(self, record: RunRecord, verb: str, unless: str = "running") -> None:
        if record.state not in ("running", unless):
            raise StoreError(
                f"Cannot {verb} the run {self.id}: it is {record.state}. "
                "Only a running run can; `resume` makes it run again."
            )
        if record.state == "running" and record.owner != this_process():
            raise StoreError(
                f"Cannot {verb} the run {self.id}: process {record.pid} on {record.host} runs it "
                "now, and only that process may."
            )


def _stopped(record: RunRecord) -> RunRecord:
    moment = now()
    spent = max(moment.timestamp() - record.since, 0.0)
    return replace(record, finished=iso(moment), seconds=(record.seconds or 0.0) + spent)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
