"""The store's folders: where they lie, and how a run's folder and row come about."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from echospan.errors import StoreError
from echospan.files import Folder, Refused, open_folder
from echospan.store import names
from echospan.store.files import json_bytes, write_json
from echospan.store.index import BESIDE, Index
from echospan.store.problems import ELSEWHERE, os_errors
from echospan.store.record import RunRecord, as_json, write_record
from echospan.store.recovery import discard

VARIABLE = "ECHOSPAN_STORE"
DEFAULT = "echospan-runs"


def resolve_location(path: str | os.PathLike[str] | None = None) -> Path:
    """The store's folder, as an absolute path: ``path``, else ECHOSPAN_STORE, else ./echospan-runs.

    An empty string counts as not given. ``~`` is expanded. Nothing is created.
    """
    chosen = str(path) if path is not None else ""
    chosen = chosen or os.environ.get(VARIABLE, "") or DEFAULT
    return Path(os.path.abspath(os.path.expanduser(chosen)))


def prepare(path: Path) -> tuple[Path, str]:
    """Make the store's folders where they are missing.

    The folder that the user named may be a link, or lie behind one. From there on nothing may be:
    what a store writes, renames and deletes stays in it.

    Returns:
        The store's real path, and why it can only be read: empty where it can be written.

    Raises:
        StoreError: One of the store's own folders is a link or a file, or the system refuses.
    """
    with os_errors("use the store", path):
        # Not asked to be made where it is: a disk that can only be read would refuse that.
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
        real = Path(os.path.realpath(path))
        try:
            with open_folder(real) as root:
                if (why := _why_unwritable(real)) and root.kind(names.RUNS) == "folder":
                    return real, why
                for name in (names.RUNS, names.STAGING, names.TRASH):
                    root.make(name, there=True)
        except Refused as error:
            raise StoreError(
                f"Cannot use the store {path}: {error.filename} is a link, and links inside a "
                f"store are not followed. Put a folder in its place, or {ELSEWHERE}. "
                "Nothing was changed."
            ) from None
    return real, ""


def _why_unwritable(root: Path) -> str:
    """Why a store cannot be written to; empty where it seems that it can."""
    effective = os.access in os.supports_effective_ids
    folders = (root, *(root / name for name in (names.RUNS, names.STAGING, names.TRASH)))
    for path in (*folders, *(root / (names.INDEX + ending) for ending in ("", *BESIDE))):
        # What is missing can be made; a link or a device is refused later, with what it is.
        plain = path.exists() and not path.is_symlink()
        if plain and not os.access(path, os.W_OK, effective_ids=effective):
            return f"there is no permission to write to {path}"
    return ""


def place(
    index: Index,
    store: Path,
    draft: RunRecord,
    moment: datetime,
    config: Mapping[str, Any],
    json: Mapping[str, object],
) -> RunRecord:
    """Give the draft a new id, and put its folder and its row in place.

    The folder is built aside and renamed under the index's lock: no one sees a folder without its
    config and JSON objects, and a row without a folder cannot come to be. A folder without a row
    can, where the process is killed between the two; `recovery.reconcile` gives it one.

    Raises:
        StoreError: The config cannot be stored, or the disk is full or read-only. Nothing of the
            new run is left then.
    """
    record = stage(index, store, draft, moment, config, json)
    staged = store / names.STAGING / record.run_id
    folder = store / names.RUNS / record.run_id
    try:
        with (
            os_errors("write", folder),
            open_folder(staged.parent) as aside,
            open_folder(folder.parent) as runs,
            index.transaction(),
        ):
            aside.rename(staged.name, runs, folder.name)
            # The row must not outlive a power cut that the folder does not.
            runs.sync()
            index.put(record)
    except BaseException:
        discard(staged)
        # Where the index cannot even be asked, the folder stays: its row may be there.
        with suppress(StoreError):
            if _lacks(index, record.run_id):
                discard(folder)
        raise
    return record


def stage(
    index: Index,
    store: Path,
    draft: RunRecord,
    moment: datetime,
    config: Mapping[str, Any],
    json: Mapping[str, object],
) -> RunRecord:
    """Give the draft a new id, and build its folder aside, where no one sees it.

    Raises:
        StoreError: The config cannot be stored, or the disk is full or read-only. Nothing of the
            new run is left then.
    """
    staged = _reserve(index, store, draft.recipe, moment)
    record = replace(draft, run_id=staged.name)
    try:
        # First of all: who it belongs to, so that what a killed process leaves can be told.
        write_record(staged, record)
        write_json(staged / names.CONFIG, config)
        if json:
            with os_errors("write", staged), open_folder(staged) as own:
                own.make(names.JSONS)
        for name, value in json.items():
            write_json(staged / names.JSONS / f"{names.check_file_name(name)}.json", value)
    except BaseException:
        discard(staged)
        raise
    return record


Staged = tuple[RunRecord, Mapping[str, Any], Mapping[str, object]]
"""A run's draft without an id, its config and its JSON objects."""


def stage_many(
    index: Index, store: Path, drafts: Sequence[Staged], moment: datetime
) -> list[RunRecord]:
    """Do the same as `stage` for many runs; none survives a power cut before `sync_disk`.

    Files are written under their names at once: no one reads a folder that is built aside, and
    where the process is killed, all of it is deleted.
    """
    made: list[RunRecord] = []
    aside = store / names.STAGING
    try:
        with os_errors("write", aside), open_folder(aside) as staging:
            runs = os.fspath(store / names.RUNS)
            for draft, config, json in drafts:
                while True:
                    run_id = names.new_run_id(draft.recipe, moment)
                    with suppress(FileExistsError):
                        staging.make(run_id)
                        if not os.path.lexists(os.path.join(runs, run_id)):
                            break
                        staging.remove(run_id)
                made.append(record := replace(draft, run_id=run_id))
                with staging.sub(run_id) as own:
                    _write_new(own, names.RECORD, as_json(record))
                    _write_new(own, names.CONFIG, config)
                    if json:
                        own.make(names.JSONS)
                        with own.sub(names.JSONS) as below:
                            for name, value in json.items():
                                _write_new(below, f"{names.check_file_name(name)}.json", value)
        if there := index.existing([record.run_id for record in made]):
            # Ids whose folders are gone. That happens once in a store's life, if at all.
            raise StoreError(f"The id {there[0]} is taken by a run whose folder is missing.")
    except BaseException:
        for record in made:
            discard(aside / record.run_id)
        raise
    return made


def _write_new(folder: Folder, name: str, value: object) -> None:
    data = json_bytes(value, name)
    handle = folder.create(name)
    try:
        # One call for a small file; a full disk may take a part of it.
        while data:
            data = data[os.write(handle, data) :]
    finally:
        os.close(handle)


def _reserve(index: Index, store: Path, recipe: str, moment: datetime) -> Path:
    """A new folder among the staged ones, whose name no run has and no other process gets."""
    while True:
        staged = store / names.STAGING / names.new_run_id(recipe, moment)
        with os_errors("write", staged):
            try:
                with open_folder(staged.parent) as folder:
                    folder.make(staged.name)
            except FileExistsError:
                continue
        # Asked after mkdir: from here on no other process can bring a run of this name about.
        if not os.path.lexists(store / names.RUNS / staged.name) and _lacks(index, staged.name):
            return staged
        discard(staged)


def _lacks(index: Index, run_id: str) -> bool:
    return index.read(run_id) is None
