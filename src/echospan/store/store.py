"""The store: a folder of runs with an index."""

from __future__ import annotations

import os
import sqlite3
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from echospan.arguments import (
    flag,
    folder,
    mapping,
    number,
    one_of,
    path,
    text,
    validated,
    whole,
)
from echospan.errors import ConfigError, RunNotFound, StoreError
from echospan.files import open_folder
from echospan.store import names
from echospan.store.export import export_run
from echospan.store.folders import place, prepare, resolve_location
from echospan.store.heartbeat import sign_of_life
from echospan.store.index import Index
from echospan.store.lease import described, hold, is_alive, is_alive_when_watched, new_token
from echospan.store.liveness import this_process
from echospan.store.lookup import check_kind, find
from echospan.store.problems import BadIndex, corrupt, is_busy, os_errors
from echospan.store.record import (
    KINDS,
    STATES,
    Kind,
    RunRecord,
    RunSummary,
    is_folder,
    iso,
    now,
    read_record,
)
from echospan.store.recovery import (
    Rebuilt,
    discard,
    interrupted,
    rebuild,
    reconcile,
    scan,
    settle,
    sweep,
    unlisted,
)
from echospan.store.run import Run
from echospan.store.snapshot import Snapshot

Summaries: TypeAlias = list[RunSummary]
"""Of the method `list`, beside which that name means the method."""


class Store:
    """Stored runs, one SQLite row and one folder each. Several processes may use it at once.

    Args:
        path: The folder; else the environment's ECHOSPAN_STORE, else ./echospan-runs.
        create: Whether to create the folder where it is missing.

    Attributes:
        path: The folder, absolute.

    Raises:
        StoreError: The folder is missing (with ``create=False``), is a file, is read-only, or its
            index is no database or of a newer version.

    Example:
        >>> with echospan.Store("my-runs") as store:
        ...     runs = store.list(state="finished")
        >>> len(runs)
        0
    """

    @validated(path=folder, create=flag)
    def __init__(self, path: str | Path | None = None, *, create: bool = True) -> None:
        self.path = resolve_location(path)
        if not create and not os.path.lexists(self.path):
            raise StoreError(
                f"There is no store at {self.path}. Run an experiment first, or choose another "
                "folder with --store or ECHOSPAN_STORE."
            )
        self._told = False
        self._root, self._why = prepare(self.path)
        self._runs = self._root / names.RUNS
        self._trash = self._root / names.TRASH
        self._index = self._open()
        if not self._index.refusal:
            sweep(self._root)
            # Where the disk is full, say, what a killed process left stays, and the store is read.
            with suppress(StoreError):
                reconcile(self._index, self._root)

    def _open(self) -> Index:
        path = self._root / names.INDEX
        if not self._why:
            try:
                return Index(path, when_new=lambda: scan(self._runs)[0])
            except BadIndex:
                raise
            except StoreError as error:
                # On a full disk, say, SQLite can't even open it: what is stored can still be read.
                if not os.path.lexists(path) or _is_locked(error):
                    raise
                self._why = "its index cannot be opened for writing"
                first = error
            try:
                return Snapshot(path, partial(unlisted, self._runs), self._why)
            except StoreError:
                raise first from None
        return Snapshot(path, partial(unlisted, self._runs), self._why)

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index. Closing twice is allowed."""
        self._index.close()

    @validated(
        recipe=text,
        config=mapping("settings", named=False),
        fingerprint=text,
        seed=whole(),
        parent=text,
        label=text,
        json=mapping("JSON values", named=False),
        kind=one_of(*KINDS),
        seconds=number(least=0),
    )
    def create(
        self,
        *,
        recipe: str,
        config: Mapping[str, Any],
        fingerprint: str,
        seed: int,
        parent: str | None = None,
        label: str = "",
        json: Mapping[str, object] | None = None,
        kind: Kind = "run",
        seconds: float | None = None,
    ) -> Run:
        """Begin a run: it is "running", and this process owns it.

        Args:
            recipe: Name of the recipe, or of the user's own experiment.
            config: The experiment, as a JSON object.
            fingerprint: The experiment's fingerprint.
            seed: The seed, 0 to 2**63 - 1.
            parent: Id of the run that this one belongs to.
            label: Free text on one line.
            json: JSON objects by name, which the run has from its first moment on; as for
                ``Run.save_json``.
            kind: What it is: "run" of an experiment, "span" (a sheet), "compare", or the verb whose
                report it is.
            seconds: Time spent before it was stored, where what is stored is already made.

        Raises:
            StoreError: A value cannot be stored, or the disk is full or read-only.
        """
        self._index.check_writable()
        moment = now()
        draft = self._draft(moment, recipe, fingerprint, seed, parent, label, kind, seconds)
        record = place(self._index, self._root, draft, moment, config, json or {})
        hold(self._index, record.run_id, record.token)
        return Run(self._index, self._folder(record.run_id), record)

    def _draft(
        self,
        moment: datetime,
        recipe: str,
        fingerprint: str,
        seed: int,
        parent: str | None,
        label: str,
        kind: Kind,
        seconds: float | None = None,
    ) -> RunRecord:
        """The record of a new run of this process, still without an id."""
        owner = this_process()
        renewed, uptime = sign_of_life()
        if not 0 <= seed < 1 << 63:
            raise StoreError(f"seed must be 0 to {(1 << 63) - 1}; got {seed}.")
        return RunRecord(
            run_id="",
            recipe=names.check_text("recipe", recipe, empty=False),
            state="running",
            seed=int(seed),
            accuracy=None,
            created=iso(moment),
            finished=None,
            seconds=seconds,
            fingerprint=names.check_text("fingerprint", fingerprint, empty=True),
            host=owner.host,
            pid=owner.pid,
            started=owner.started,
            since=moment.timestamp(),
            machine=owner.machine,
            token=new_token(),
            renewed=renewed,
            uptime=uptime,
            label=names.check_text("label", label, empty=True),
            parent=None if parent is None else names.check_run_id(parent),
            kind=kind,
        )

    @validated(run_id=text, state=text, kind=one_of(*KINDS))
    def get(self, run_id: str, *, state: str | None = None, kind: Kind | None = None) -> Run:
        """The run with this id.

        Args:
            run_id: A full id, a unique beginning, "latest" or "latest:RECIPE".
            state: For "latest": only runs in this state, such as "finished".
            kind: Only a run of this kind, such as "run" or "span" (a sheet). "latest" is then
                none that belongs to another one.

        Raises:
            RunNotFound: None has, or several have; the message lists the nearest ids.
            StoreError: It is of another kind.
            CorruptRun: Its folder is missing or damaged.
        """
        _check_state(state)
        self._settle()
        try:
            record = find(self._index, run_id, state=state, kind=kind)
        except RunNotFound:
            if not (names.is_run_id(run_id) and (self._runs / run_id).exists()):
                raise
            # A folder that the index lost, or that was copied in by hand.
            record = read_record(self._runs / run_id)
            self._index.put(record)
            if not self._index.refusal:
                settle(self._index, self._runs)
        check_kind(record, kind)
        folder = self._folder(record.run_id)
        if not is_folder(folder):
            raise corrupt(
                folder,
                "the run's folder is missing; "
                f"`echospan runs remove {record.run_id}` removes it from the list",
            )
        return Run(self._index, folder, record)

    @validated(
        recipe=text,
        state=text,
        parent=text,
        fingerprint=text,
        kind=one_of(*KINDS),
        apart=flag,
        limit=whole(0),
    )
    def list(
        self,
        *,
        recipe: str | None = None,
        state: str | None = None,
        parent: str | None = None,
        fingerprint: str | None = None,
        kind: Kind | None = None,
        apart: bool = False,
        limit: int | None = None,
    ) -> Summaries:
        """The runs that fit all that is given, newest first. No folder is opened.

        Args:
            recipe: Name of the recipe.
            state: "running", "finished", "failed" or "interrupted".
            parent: Id of the run that they belong to.
            fingerprint: Of the experiment.
            kind: What they are, such as "run" or "span".
            apart: Leave out what belongs to another run that is there: variants of a run, sheets of
                a comparison.
            limit: At most so many.

        Raises:
            ConfigError: There is no such state, or the limit is negative.
        """
        _check_state(state)
        if limit is not None and limit < 0:
            raise ConfigError("limit", "at least 0", limit)
        dead = self._settle()
        select = partial(
            self._index.select,
            recipe=recipe,
            parent=parent,
            fingerprint=fingerprint,
            kind=kind,
            apart=apart,
        )
        if not dead:
            records = select(state=state, limit=limit)
        else:
            every = select()
            true = [interrupted(item) if item.run_id in dead else item for item in every]
            records = [item for item in true if state in (None, item.state)][:limit]
        return [record.summary for record in records]

    @validated(recipe=text, state=text, kind=one_of(*KINDS), apart=flag)
    def count(
        self,
        *,
        recipe: str | None = None,
        state: str | None = None,
        kind: Kind | None = None,
        apart: bool = False,
    ) -> int:
        """How many runs fit all that is given; arguments as for `list`.

        Raises:
            ConfigError: There is no such state.
        """
        _check_state(state)
        if self._settle():
            return len(self.list(recipe=recipe, state=state, kind=kind, apart=apart))
        return self._index.count(recipe=recipe, state=state, kind=kind, apart=apart)

    @validated(run_id=text, force=flag, variants=flag)
    def remove(self, run_id: str, *, force: bool = False, variants: bool = False) -> Sequence[str]:
        """Delete a run: its row and its folder, damaged or not.

        Args:
            run_id: The full id.
            force: Delete it even though it is running. If its process still works, it ends at its
                next write.
            variants: Delete the runs of its variants, too: all of them or, on an error, none.

        Returns:
            The ids of the runs that were deleted, its own first.

        Raises:
            RunNotFound: No run has this id.
            StoreError: It, or one of its variants, is running.
        """
        self._index.check_writable()
        settle(self._index, self._runs)
        if not names.is_run_id(run_id) or not (
            self._index.read(run_id) or os.path.lexists(self._runs / run_id)
        ):
            near = ", ".join(self._index.ids(run_id)[:3])
            advice = f"It begins these ids: {near}." if near else "See `echospan runs list`."
            raise RunNotFound(
                f"No run has the id {run_id[:100]!r}; removing needs the full id. {advice}"
            )
        seen = self._index.read(run_id)
        # Where no clock tells whether its process lives, to watch it does. Not under the lock.
        idle = (
            seen is not None
            and seen.state == "running"
            and not force
            and not is_alive_when_watched(self._index, seen)
        )
        mark = f"{os.getpid()}-{new_token()}"
        with self._index.transaction():
            children = self._index.select(parent=run_id) if variants else []
            removed = [run_id, *(child.run_id for child in children)]
            for each in filter(names.is_run_id, removed):
                record = self._index.read(each)
                watched = idle and seen is not None and record == seen
                if record is not None and not (force or watched):
                    _check_stopped(record)
            with (
                os_errors("remove", self._runs / run_id),
                open_folder(self._runs) as runs,
                open_folder(self._trash) as trash,
            ):
                for each in filter(names.is_run_id, removed):
                    # One rename: the folder is there as a whole or not at all.
                    if runs.kind(each) != "missing":
                        runs.rename(each, trash, f"{each}.{mark}")
                    self._index.delete(each)
        for each in removed:
            discard(self._trash / f"{each}.{mark}")
        return removed

    @validated(run_id=text, destination=path, overwrite=flag)
    def export(self, run_id: str, destination: str | Path, *, overwrite: bool = False) -> Path:
        """Write a run as one .zip file.

        Args:
            run_id: As for ``get``.
            destination: The .zip, or a folder to put ``RUN_ID.zip`` into.
            overwrite: Whether a file that is there may be replaced.

        Returns:
            The path of the .zip.

        Raises:
            CorruptRun: A file of the run is damaged.
            StoreError: The destination is there already, or cannot be written.
        """
        run = self.get(run_id)
        return export_run(run.path, run.summary, Path(destination), overwrite=overwrite)

    def rebuild_index(self) -> Rebuilt:
        """Make the index say what the folders say. Done by itself where the index is missing."""
        self._index.check_writable()
        return rebuild(self._index, self._runs)

    def _settle(self) -> set[str]:
        dead = settle(self._index, self._runs)
        if self._index.refusal and self._index.unwritten and not self._told:
            self._told = True
            warnings.warn(
                f"{self._index.refusal} Runs whose process has died are shown as interrupted; "
                "that cannot be written either.",
                stacklevel=3,
            )
        return dead

    def _folder(self, run_id: str) -> Path:
        # An index from elsewhere may hold anything as an id.
        return self._runs / names.check_run_id(run_id)


def _is_locked(error: StoreError) -> bool:
    return isinstance(error.__cause__, sqlite3.Error) and is_busy(error.__cause__)


def _check_stopped(record: RunRecord) -> None:
    if record.state == "running" and is_alive(record):
        raise StoreError(
            f"{described(record)} End that process first, or use --force (force=True): if it "
            "still works, it ends at its next write."
        )


def _check_state(state: str | None) -> None:
    if state is not None and state not in STATES:
        raise ConfigError("state", f"one of {', '.join(STATES)}", state)
