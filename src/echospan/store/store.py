"""The store: a folder of runs with an index."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from echospan.arguments import flag, folder, mapping, path, text, validated, whole
from echospan.errors import ConfigError, RunNotFound, StoreError
from echospan.files import open_folder
from echospan.store import names
from echospan.store.export import export_run
from echospan.store.folders import place, prepare, resolve_location
from echospan.store.index import Index
from echospan.store.liveness import is_alive, this_process
from echospan.store.lookup import find
from echospan.store.problems import corrupt, os_errors
from echospan.store.record import (
    STATES,
    RunRecord,
    RunSummary,
    is_folder,
    iso,
    now,
    read_record,
)
from echospan.store.recovery import Rebuilt, discard, interrupted, rebuild, scan, settle, sweep
from echospan.store.run import Run


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
        self._root = prepare(self.path)
        self._runs = self._root / names.RUNS
        self._trash = self._root / names.TRASH
        self._index = Index(self._root / names.INDEX, when_new=lambda: scan(self._runs)[0])
        sweep(self._root / names.STAGING, self._trash)

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
    ) -> Run:
        """Begin a run: it is "running", and this process owns it.

        Args:
            recipe: Name of the recipe, or of the user's own experiment.
            config: The experiment, as a JSON object.
            fingerprint: The experiment's fingerprint.
            seed: The seed, 0 to 2**63 - 1.
            parent: Id of the run that this one belongs to.
            label: Free text on one line.

        Raises:
            StoreError: A value cannot be stored, or the disk is full or read-only.
        """
        moment, owner = now(), this_process()
        if not 0 <= seed < 1 << 63:
            raise StoreError(f"seed must be 0 to {(1 << 63) - 1}; got {seed}.")
        draft = RunRecord(
            run_id="",
            recipe=names.check_text("recipe", recipe, empty=False),
            state="running",
            seed=int(seed),
            accuracy=None,
            created=iso(moment),
            finished=None,
            seconds=None,
            fingerprint=names.check_text("fingerprint", fingerprint, empty=True),
            host=owner.host,
            pid=owner.pid,
            started=owner.started,
            since=moment.timestamp(),
            label=names.check_text("label", label, empty=True),
            parent=None if parent is None else names.check_run_id(parent),
        )
        record = place(self._index, self._root, draft, moment, config)
        return Run(self._index, self._folder(record.run_id), record)

    @validated(run_id=text, state=text)
    def get(self, run_id: str, *, state: str | None = None) -> Run:
        """The run with this id.

        Args:
            run_id: A full id, a unique beginning, "latest" or "latest:RECIPE".
            state: For "latest": only runs in this state, such as "finished".

        Raises:
            RunNotFound: None has, or several have; the message lists the nearest ids.
            CorruptRun: Its folder is missing or damaged.
        """
        _check_state(state)
        settle(self._index, self._runs)
        try:
            record = find(self._index, run_id, state=state)
        except RunNotFound:
            if not (names.is_run_id(run_id) and (self._runs / run_id).exists()):
                raise
            # A folder that the index lost, or that was copied in by hand.
            record = read_record(self._runs / run_id)
            self._index.put(record)
            settle(self._index, self._runs)
        folder = self._folder(record.run_id)
        if not is_folder(folder):
            raise corrupt(
                folder,
                "the run's folder is missing; "
                f"`echospan runs remove {record.run_id}` removes it from the list",
            )
        return Run(self._index, folder, record)

    @validated(recipe=text, state=text, parent=text, fingerprint=text, limit=whole())
    def list(
        self,
        *,
        recipe: str | None = None,
        state: str | None = None,
        parent: str | None = None,
        fingerprint: str | None = None,
        limit: int | None = None,
    ) -> list[RunSummary]:
        """The runs that fit all that is given, newest first. No folder is opened.

        Raises:
            ConfigError: There is no such state, or the limit is negative.
        """
        _check_state(state)
        if limit is not None and limit < 0:
            raise ConfigError("limit", "at least 0", limit)
        dead = settle(self._index, self._runs)
        select = partial(self._index.select, recipe=recipe, parent=parent, fingerprint=fingerprint)
        if not dead:
            records = select(state=state, limit=limit)
        else:
            every = select()
            true = [interrupted(item) if item.run_id in dead else item for item in every]
            records = [item for item in true if state in (None, item.state)][:limit]
        return [record.summary for record in records]

    @validated(run_id=text, force=flag)
    def remove(self, run_id: str, *, force: bool = False) -> None:
        """Delete a run: its row and its folder, damaged or not.

        Args:
            run_id: The full id.
            force: Delete it even though it is running.

        Raises:
            RunNotFound: No run has this id.
            StoreError: It is running.
        """
        settle(self._index, self._runs)
        if not names.is_run_id(run_id) or not (
            self._index.read(run_id) or os.path.lexists(self._runs / run_id)
        ):
            near = ", ".join(self._index.ids(run_id)[:3])
            advice = f"It begins these ids: {near}." if near else "See `echospan runs list`."
            raise RunNotFound(
                f"No run has the id {run_id[:100]!r}; removing needs the full id. {advice}"
            )
        bin_ = self._trash / f"{run_id}.{os.getpid()}"
        with self._index.transaction():
            record = self._index.read(run_id)
            if (
                record is not None
                and record.state == "running"
                and is_alive(record.owner)
                and not force
            ):
                raise StoreError(
                    f"The run {run_id} is running in process {record.pid} on {record.host}. "
                    "End that process first, or use --force."
                )
            # One rename: the folder is there as a whole or not at all.
            if os.path.lexists(self._runs / run_id):
                with (
                    os_errors("remove", self._runs / run_id),
                    open_folder(self._runs) as runs,
                    open_folder(self._trash) as trash,
                ):
                    runs.rename(run_id, trash, bin_.name)
            self._index.delete(run_id)
        discard(bin_)

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
        return rebuild(self._index, self._runs)

    def _folder(self, run_id: str) -> Path:
        # An index from elsewhere may hold anything as an id.
        return self._runs / names.check_run_id(run_id)


def _check_state(state: str | None) -> None:
    if state is not None and state not in STATES:
        raise ConfigError("state", f"one of {', '.join(STATES)}", state)
