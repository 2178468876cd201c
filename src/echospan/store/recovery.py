"""Putting right what a kill left behind: dead runs, a missing index, stale working folders."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from echospan.errors import CorruptRun, StoreError
from echospan.files import Folder, kind_of, open_folder
from echospan.store.index import Index
from echospan.store.lease import is_alive
from echospan.store.liveness import this_process
from echospan.store.names import COMPLETE, RUNS, STAGING, TRASH, is_run_id
from echospan.store.problems import os_errors
from echospan.store.record import RunRecord, iso, now, read_record, write_record

STALE_SECONDS = 3600.0
_MARK = re.compile(r"\d+(-[0-9a-f]{16})?")


@dataclass(frozen=True)
class Rebuilt:
    """What rebuilding the index found.

    Attributes:
        indexed: How many runs are now in the index from their folders.
        skipped: Folder name to the reason why it could not be read.
    """

    indexed: int
    skipped: Mapping[str, str]


def scan(runs: Path) -> tuple[list[RunRecord], dict[str, str]]:
    """The records of all run folders, oldest first, and the folders that cannot be read."""
    records: list[RunRecord] = []
    skipped: dict[str, str] = {}
    for folder in sorted(runs.iterdir()) if runs.is_dir() else []:
        if not is_run_id(folder.name):
            continue
        try:
            records.append(read_record(folder))
        except StoreError as error:
            skipped[folder.name] = str(error)
    return sorted(records, key=lambda record: record.created), skipped


def unlisted(runs: Path, known: set[str]) -> list[RunRecord]:
    """The records of run folders that are not among the known ids, and can be read; oldest first.

    A process that was killed between renaming a new run's folder and writing its row leaves one.
    """
    records = []
    for name in _folders(runs) - known:
        with suppress(StoreError):
            records.append(read_record(runs / name))
    return sorted(records, key=lambda record: record.created)


def reconcile(index: Index, root: Path) -> None:
    """Finish or undo what a killed process left between a folder's move and its row.

    A folder without a row gets one. A folder that was moved to the trash, and whose row is still
    there, goes back: its removal was not committed. One whose row is gone is deleted.

    Raises:
        StoreError: The index cannot be used. What the system refuses otherwise stays as it is.
    """
    if not _is_complete(index, root):
        _list_all(index, root)
    trashed = _trashed(root / TRASH)
    if trashed and index.existing(list(trashed.values())):
        with (
            index.transaction(),
            suppress(OSError),
            open_folder(root / TRASH) as trash,
            open_folder(root / RUNS) as runs,
        ):
            for name, run_id in _trashed(root / TRASH).items():
                if index.read(run_id) is not None and runs.kind(run_id) == "missing":
                    trash.rename(name, runs, run_id)
    for name, run_id in trashed.items():
        # Ids are not used twice: no row, no way back.
        if index.read(run_id) is None:
            discard(root / TRASH / name)
    _drop_staged(root / STAGING)


def _list_all(index: Index, root: Path) -> None:
    """Give each folder without a row one."""
    moment = changed(root)
    if unlisted(root / RUNS, set(index.ids())):
        with index.transaction():
            # Under the lock: no one is between the two steps now.
            moment = changed(root)
            for record in unlisted(root / RUNS, set(index.ids())):
                index.put(record)
    if index.count() >= MANY:
        note_complete(root, moment)


MANY = 20_000
"""With fewer runs each opening compares all folders with all rows, which takes a tenth of a
second."""


def _is_complete(index: Index, root: Path) -> bool:
    """Whether nothing was moved into or out of the folder of runs since all of it had rows."""
    return was_complete(root, changed(root)) and index.count() >= MANY


def changed(root: Path) -> int:
    """When something was last moved into or out of the folder of runs, in nanoseconds."""
    with os_errors("read", root / RUNS):
        return os.stat(root / RUNS).st_mtime_ns


def was_complete(root: Path, moment: int) -> bool:
    """Whether it was noted that all folders had rows at that moment."""
    try:
        return (root / COMPLETE).read_bytes() == str(moment).encode()
    except OSError:
        return False


def note_complete(root: Path, moment: int) -> None:
    """Note that all folders had rows when one was last moved, so that they are not compared again.

    A hint and no more: where it is missing or of another moment, they are compared.
    """
    with (
        suppress(OSError),
        open_folder(root) as folder,
        folder.writing(COMPLETE, ending=".tmp", sync=False) as file,
    ):
        file.write(str(moment).encode())


def _folders(runs: Path) -> set[str]:
    try:
        with open_folder(runs) as folder:
            return {name for name in folder.names() if is_run_id(name)}
    except FileNotFoundError:
        return set()
    except OSError:
        with os_errors("read", runs):
            raise


def _trashed(trash: Path) -> dict[str, str]:
    """The names in the trash that `Store.remove` gave, and the runs that they were."""
    with suppress(OSError), open_folder(trash) as folder:
        return {name: run_id for name in folder.names() if (run_id := _removed(name))}
    return {}


def _removed(name: str) -> str:
    """The run that a name in the trash stands for; empty where it is not of `Store.remove`."""
    run_id, dot, mark = name.partition(".")
    return run_id if dot and is_run_id(run_id) and _MARK.fullmatch(mark) else ""


def _drop_staged(staging: Path) -> None:
    """Delete runs that were being made by processes of which it is sure that they are dead."""
    with suppress(OSError), open_folder(staging) as folder:
        for name in folder.names():
            with suppress(StoreError, OSError):
                record = read_record(staging / name)
                if record.owner != this_process() and not is_alive(record):
                    folder.remove(name)


def rebuild(index: Index, runs: Path) -> Rebuilt:
    """Make the index say what the folders say.

    Rows without a folder go. A row whose folder is damaged stays as it is.
    """
    with index.transaction():
        records, skipped = scan(runs)
        known = {record.run_id for record in records} | set(skipped)
        for run_id in index.ids():
            if run_id not in known:
                index.delete(run_id)
        for record in records:
            index.put(_with_lease(record, index.read(record.run_id)))
    return Rebuilt(len(records), skipped)


def _with_lease(record: RunRecord, row: RunRecord | None) -> RunRecord:
    """The folder's record with the row's lease, which is renewed there alone."""
    if row is None or row.token != record.token:
        return record
    return replace(record, renewed=row.renewed, uptime=row.uptime)


def settle(index: Index, runs: Path) -> set[str]:
    """Find the runs whose process died while they ran, and give them their true state.

    Returns:
        Ids of dead runs whose new state could not be written (the disk is full, say). They are
        "interrupted" all the same.
    """
    index.refresh()
    unwritten: set[str] = set()
    for record in index.select(state="running"):
        if is_alive(record):
            continue
        if not is_run_id(record.run_id):
            # An index from elsewhere may hold anything; it must not lead out of the store.
            unwritten.add(record.run_id)
            continue
        try:
            _settle_one(index, runs / record.run_id, record)
        except StoreError:
            unwritten.add(record.run_id)
    return unwritten


def _settle_one(index: Index, folder: Path, seen: RunRecord) -> None:
    with index.transaction():
        current = index.read(seen.run_id)
        if current is None or current.state != "running" or current.token != seen.token:
            return  # Another process resumed, settled or removed it since.
        if current.owner != seen.owner or is_alive(current):
            return
        try:
            stored = read_record(folder)
        except CorruptRun:
            # The index must tell the truth even where the folder is damaged or gone.
            index.put(interrupted(current))
            return
        if stored.state == "running":
            stored = interrupted(current)
            if not index.refusal:
                write_record(folder, stored)
        if index.refusal:
            index.unwritten.add(stored.run_id)
        # Else it was killed between writing run.json and the index: the folder is ahead.
        index.put(stored)


def interrupted(record: RunRecord) -> RunRecord:
    """The record as a dead run's; when its process died is not known, so its time is not added."""
    return replace(record, state="interrupted", finished=iso(now()))


def sweep(root: Path) -> None:
    """Delete what killed processes left in working folders, once it is old enough to be sure."""
    for path in (root / STAGING, root / TRASH):
        # Tidying up is no reason to say anything: what cannot be deleted stays.
        with suppress(OSError), open_folder(path) as folder:
            for name in folder.names():
                # How old a removed run's folder is tells nothing; `reconcile` knows what it is.
                if path.name == STAGING or not _removed(name):
                    with suppress(OSError):
                        _sweep_one(folder, name)


def _sweep_one(folder: Folder, name: str) -> None:
    status = folder.stat(name)
    # The store makes no pipes, sockets and devices: whose they are is not known.
    if kind_of(status) != "other" and time.time() - status.st_mtime >= STALE_SECONDS:
        folder.remove(name)


def discard(path: Path) -> None:
    """Delete a folder, or a link without what it points to. What cannot be deleted stays."""
    with suppress(OSError), open_folder(path.parent) as folder:
        folder.remove(path.name)
