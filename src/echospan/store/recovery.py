"""Putting right what a kill left behind: dead runs, a missing index, stale working folders."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from echospan.errors import CorruptRun, StoreError
from echospan.files import Folder, kind_of, open_folder
from echospan.store.index import Index
from echospan.store.liveness import Owner, is_alive
from echospan.store.names import is_run_id
from echospan.store.record import RunRecord, iso, now, read_record, write_record

STALE_SECONDS = 3600.0


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
            index.put(record)
    return Rebuilt(len(records), skipped)


def settle(index: Index, runs: Path) -> set[str]:
    """Find the runs whose process died while they ran, and give them their true state.

    Returns:
        Ids of dead runs whose new state could not be written (the disk is full, say). They are
        "interrupted" all the same.
    """
    alive: dict[Owner, bool] = {}
    unwritten: set[str] = set()
    for record in index.select(state="running"):
        if record.owner not in alive:
            alive[record.owner] = is_alive(record.owner)
        if alive[record.owner]:
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
        if current is None or current.state != "running" or current.owner != seen.owner:
            return  # Another process resumed, settled or removed it since.
        try:
            stored = read_record(folder)
        except CorruptRun:
            # The index must tell the truth even where the folder is damaged or gone.
            index.put(interrupted(current))
            return
        if stored.state == "running":
            stored = interrupted(current)
            write_record(folder, stored)
        # Else it was killed between writing run.json and the index: the folder is ahead.
        index.put(stored)


def interrupted(record: RunRecord) -> RunRecord:
    """The record as a dead run's; when its process died is not known, so its time is not added."""
    return replace(record, state="interrupted", finished=iso(now()))


def sweep(*folders: Path) -> None:
    """Delete what killed processes left in working folders, once it is old enough to be sure."""
    for path in folders:
        # Tidying up is no reason to say anything: what cannot be deleted stays.
        with suppress(OSError), open_folder(path) as folder:
            for name in folder.names():
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
