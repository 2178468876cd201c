"""One run and its course: running, then finished, failed or interrupted, and resumed."""

from __future__ import annotations

import math
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from echospan.arguments import flag, instance, mapping, text, validated
from echospan.errors import RunNotFound, StoreError
from echospan.files import open_folder
from echospan.store import lease, names
from echospan.store.contents import Contents
from echospan.store.files import TEXT_LIMIT, remove_leftovers, write_atomic
from echospan.store.heartbeat import sign_of_life
from echospan.store.index import Index
from echospan.store.liveness import this_process
from echospan.store.problems import LostRun, os_errors
from echospan.store.record import RunRecord, RunSummary, State, iso, now, write_record


class Run(Contents):
    """A stored run. ``Store.create`` and ``Store.get`` give one; Contents saves and loads.

    Attributes:
        id: The run's id.
        recipe: Name of the recipe.
        seed: The seed.
        path: The run's folder.
    """

    indexed: ClassVar[bool] = True
    """Whether this process keeps its row in the index, too."""

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

    @validated(result=mapping("results", named=False), outcome=text)
    def finish(self, result: Mapping[str, Any], outcome: str = "") -> None:
        """Save the result and end the run well. The checkpoint and the parts are dropped.

        Args:
            result: The result, a JSON object.
            outcome: What came out, in a few words, where that is no accuracy.

        Raises:
            LostRun: Another process took the run over.
            StoreError: The run is not running.
        """
        accuracy = result.get("accuracy")
        told = names.check_text("outcome", outcome, empty=True)
        self._owned(self._record(), "finish")
        self.save_result(result)

        def change(record: RunRecord) -> RunRecord:
            self._owned(record, "finish")
            return replace(
                _stopped(record), state="finished", accuracy=_number(accuracy), outcome=told
            )

        self._change(change)
        self._release()
        with os_errors("write", self.path), open_folder(self.path) as folder:
            for name in (names.CHECKPOINT, names.FAILURE):
                folder.unlink(name)
            folder.remove(names.PARTS)

    @validated(exception=instance("an exception", "builtins:BaseException"))
    def fail(self, exception: BaseException) -> None:
        """Keep the traceback and end the run as failed. The checkpoint stays."""
        lines = "".join(traceback.format_exception(exception)).encode("utf-8", "backslashreplace")

        def change(record: RunRecord) -> RunRecord:
            self._owned(record, "fail")
            return replace(_stopped(record), state="failed")

        before = self._record()
        self._owned(before, "fail", unless="failed")
        if before.state == "failed":
            return
        try:
            # The end of a long traceback says more than its beginning.
            write_atomic(self.path / names.FAILURE, lines[-TEXT_LIMIT:], self.fence)
        finally:
            # Even where the text finds no room, the state may.
            self._change(change)
            self._release()

    @validated(outcome=text)
    def interrupt(self, outcome: str = "") -> None:
        """End the run as interrupted. The checkpoint and the parts stay, for ``resume``.

        Args:
            outcome: What came out so far, in a few words.
        """
        told = names.check_text("outcome", outcome, empty=True)

        def change(record: RunRecord) -> RunRecord:
            self._owned(record, "interrupt", unless="interrupted")
            if record.state == "interrupted":
                return record
            return replace(_stopped(record), state="interrupted", outcome=told)

        self._change(change)
        self._release()

    @validated(force=flag)
    def resume(self, *, force: bool = False) -> None:
        """Make this process go on with an interrupted, failed or dead run.

        Args:
            force: Take the run over even if its process seems to live (on another machine, say,
                that is known to be off). If it does, it ends at its next write, and what it
                learned since its last checkpoint is lost.

        Raises:
            StoreError: It finished, or runs in another process.
        """
        owner, token = this_process(), lease.new_token()
        self._index.check_writable()
        before = self._record()
        doubtful = before.state == "running" and before.owner != owner
        if doubtful and lease.is_alive_when_watched(self._index, before):
            if not force:
                raise StoreError(
                    f"{lease.described(before)} End that process first, or take the run over with "
                    "force=True (--force): if it still works, it loses what it did since its last "
                    "checkpoint."
                )
            warnings.warn(
                f"{lease.described(before)} It was taken over all the same; if that process still "
                "works, it ends at its next write.",
                stacklevel=2,
            )

        def change(record: RunRecord) -> RunRecord:
            if record.state == "finished":
                raise StoreError(
                    f"The run {self.id} finished and cannot be resumed. Start a new run instead."
                )
            if (
                record.state == "running"
                and record.owner != owner
                and record.token != before.token
                and not force
            ):
                raise StoreError(f"{lease.described(record)} End that process first.")
            return taken_over(record, token)

        # Before it is this process's: a run whose folders lead elsewhere cannot go on.
        self._check_folders()
        self._change(change)
        lease.hold(self._index, self.id, token)
        for folder in (self.path, *(self.path / sub for sub in names.SUBFOLDERS)):
            remove_leftovers(folder)

    @contextmanager
    def fence(self) -> Iterator[None]:
        """Hold the index's lock, after a look whether this process may write to the run.

        Another process takes a run over under the same lock: it comes before, and is seen, or
        after, and finds what was written.
        """
        self._index.check_writable()
        with self._index.transaction():
            record = self._record()
            held = lease.held(self._index, self.id)
            # What no one runs may be added to, but not by a process that believes it does.
            if held is not None or record.state == "running":
                self._owned(record, "write to")
            yield

    def _check_folders(self) -> None:
        with os_errors("write", self.path), open_folder(self.path) as folder:
            for name in names.SUBFOLDERS:
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
        self._index.check_writable()
        with self._index.transaction():
            before = self._record()
            after = change(before)
            if after != before:
                write_record(self.path, after)
                self._index.put(after)

    def _release(self) -> None:
        lease.release(self._index, self.id)

    def _owned(self, record: RunRecord, verb: str, unless: str = "running") -> None:
        held = lease.held(self._index, self.id)
        if record.state not in ("running", unless):
            kind = StoreError if held is None else LostRun
            raise kind(
                f"Cannot {verb} the run {self.id}: it is {record.state}. "
                "Only a running run can; `resume` makes it run again."
                + ("" if held is None else _WHILE_PAUSED)
            )
        if record.state == "running" and (
            record.owner != this_process() or held is None or record.token != held
        ):
            raise LostRun(
                f"Cannot {verb} the run {self.id}: process {record.pid} on {record.host} runs it "
                "now, and only that process may." + ("" if held is None else _WHILE_PAUSED)
            )


def interrupt_all(runs: Sequence[Run]) -> None:
    """End runs of one store as interrupted, those that this process still owns.

    One transaction for all of them: hundreds end in the time that it takes to write their files.

    Raises:
        StoreError: The disk refuses.
    """
    apart = [run for run in runs if not run.indexed]
    for run in apart:
        with suppress(LostRun):
            if run.state == "running":
                run.interrupt()
    runs = [run for run in runs if run.indexed]
    if not runs:
        return
    index = runs[0]._index
    index.check_writable()
    with index.transaction():
        changes: list[tuple[Run, RunRecord]] = []
        for run in {run.id: run for run in runs}.values():
            with suppress(LostRun, RunNotFound):
                record = run._record()
                if record.state == "running":
                    run._owned(record, "interrupt")
                    changes.append((run, replace(_stopped(record), state="interrupted")))
        # The disk is waited for many times at once.
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda change: write_record(change[0].path, change[1]), changes))
        for _, record in changes:
            index.put(record)
    for run in runs:
        lease.release(index, run.id)


WRITERS = 16
"""Files that are written at once, at most."""

_WHILE_PAUSED = (
    " It was taken over while this process paused, or by force. Nothing was written since."
)


def taken_over(record: RunRecord, token: str) -> RunRecord:
    """The record of a run that ended, once this process goes on with it."""
    owner = this_process()
    renewed, uptime = sign_of_life()
    return replace(
        record,
        state="running",
        finished=None,
        host=owner.host,
        pid=owner.pid,
        started=owner.started,
        machine=owner.machine,
        since=renewed,
        token=token,
        renewed=renewed,
        uptime=uptime,
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
