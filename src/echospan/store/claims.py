"""Claims: one process takes many runs of a store, lets others work on them, and enters the results.

A claim is what owns any running run: a token and a lease that is renewed (`lease.py`). Many are
taken in one transaction, under the fingerprints of what is to be run, so that of two processes that
want the same run one gets it. Who works on it (`detached.py`) writes its folder only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from echospan.errors import CorruptRun, StoreError
from echospan.files import open_folder
from echospan.store import lease, names
from echospan.store.files import TEXT_LIMIT, read_limited, read_object, sync_disk, synced_later
from echospan.store.folders import stage_many
from echospan.store.index import Index
from echospan.store.liveness import this_process
from echospan.store.problems import os_errors
from echospan.store.record import Kind, RunRecord, now, read_record, write_record
from echospan.store.recovery import changed, discard, note_complete, settle, was_complete
from echospan.store.run import Run, taken_over
from echospan.store.store import Store

Standing = Literal["mine", "finished", "failed", "held"]

_FIRST = ("finished", "running", "interrupted", "failed")
"""Of several runs of one fingerprint, the one that counts."""


@dataclass(frozen=True)
class Wanted:
    """A run that is to be there; the attributes are those of `Store.create`."""

    fingerprint: str
    recipe: str
    config: Mapping[str, Any]
    seed: int = 0
    label: str = ""
    json: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """What came of wanting a run.

    Attributes:
        run_id: The run that has the fingerprint.
        standing: "mine" if this process owns it now; "finished" or "failed" if it was before;
            "held" if another process runs it.
        token: Of the claim.
        since: What its record says of when it began, before anyone works on it.
    """

    run_id: str
    standing: Standing
    token: str = ""
    since: float = 0.0


class Claims:
    """The claims of this process on the runs of one store.

    Args:
        store: The store; it stays open.
        kind: Of the runs: "run", "span" or another verb.
    """

    def __init__(self, store: Store, kind: Kind) -> None:
        self._store, self._kind = store, kind
        self._index: Index = store._index
        self._root: Path = store._root

    def known(self, fingerprints: Sequence[str]) -> dict[str, RunRecord]:
        """The run that counts for each of the fingerprints that there are."""
        found: dict[str, RunRecord] = {}
        for record in self._index.with_fingerprints(fingerprints, self._kind):
            other = found.get(record.fingerprint)
            if other is None or _FIRST.index(record.state) < _FIRST.index(other.state):
                found[record.fingerprint] = record
        return found

    def claim(self, wanted: Sequence[Wanted], *, retry: bool = False) -> list[Claim]:
        """Take each run that no one has or finished: new ones, and those that were interrupted.

        Args:
            wanted: What is to be there. None of them twice.
            retry: Whether failed ones are taken, too.

        Returns:
            One for each, in order.

        Raises:
            StoreError: The disk is full, say. Nothing is taken then.
        """
        self._index.check_writable()
        there = self._settled(wanted)
        new = [each for each in wanted if self._usable(there.get(each.fingerprint)) is None]
        staged = self._stage(new)
        try:
            if staged:
                sync_disk(self._root)
            claims = self._take(wanted, staged, retry)
        except BaseException:
            for record in staged.values():
                discard(self._root / names.STAGING / record.run_id)
            raise
        for claim in claims:
            if claim.standing == "mine":
                lease.hold(self._index, claim.run_id, claim.token)
        return claims

    def _settled(self, wanted: Sequence[Wanted]) -> dict[str, RunRecord]:
        """What is known of them, once runs of dead processes are what they are."""
        here = this_process()
        fingerprints = [each.fingerprint for each in wanted]
        known = self.known(fingerprints)
        for record in known.values():
            if record.state == "running" and record.owner != here and not lease.is_alive(record):
                settle(self._index, self._root / names.RUNS)
                return self.known(fingerprints)
        return known

    def _stage(self, wanted: Sequence[Wanted]) -> dict[str, RunRecord]:
        moment = now()
        drafts = [
            (
                self._store._draft(
                    moment, each.recipe, each.fingerprint, each.seed, None, each.label, self._kind
                ),
                each.config,
                each.json,
            )
            for each in wanted
        ]
        made = stage_many(self._index, self._root, drafts, moment)
        return {record.fingerprint: record for record in made}

    def _take(
        self, wanted: Sequence[Wanted], staged: Mapping[str, RunRecord], retry: bool
    ) -> list[Claim]:
        runs = self._root / names.RUNS
        claims = []
        moved: list[RunRecord] = []
        moment = None
        try:
            with (
                os_errors("write", runs),
                open_folder(self._root / names.STAGING) as aside,
                open_folder(runs) as folder,
                synced_later(),
                self._index.transaction(),
            ):
                complete = was_complete(self._root, changed(self._root))
                # Under the lock: what another process took since is seen.
                there = self.known([each.fingerprint for each in wanted])
                for each in wanted:
                    new, record = staged.get(each.fingerprint), there.get(each.fingerprint)
                    record = self._usable(record) if new else record
                    if record is None:
                        if new is None:
                            # Removed meanwhile. Rare; the next attempt makes a new one.
                            raise StoreError(f"A run of {each.recipe} was removed meanwhile.")
                        aside.rename(new.run_id, folder, new.run_id)
                        moved.append(new)
                        claims.append(Claim(new.run_id, "mine", new.token, new.since))
                        continue
                    if new is not None:
                        discard(self._root / names.STAGING / new.run_id)
                    claims.append(self._taken(record, retry))
                # The rows must not outlive a power cut that the folders do not.
                folder.sync()
                self._index.put_many(moved)
                if complete and moved:
                    moment = changed(self._root)
        except BaseException:
            for record in moved:
                if self._index.read(record.run_id) is None:
                    discard(runs / record.run_id)
            raise
        if moment is not None:
            # Only now, that the rows are there.
            note_complete(self._root, moment)
        return claims

    def _taken(self, record: RunRecord, retry: bool) -> Claim:
        if record.state == "finished":
            return Claim(record.run_id, "finished")
        if record.state == "running":
            return Claim(record.run_id, "held")
        if record.state == "failed" and not retry:
            return Claim(record.run_id, "failed")
        after = taken_over(record, lease.new_token())
        write_record(self._root / names.RUNS / record.run_id, after)
        self._index.put(after)
        return Claim(record.run_id, "mine", after.token, after.since)

    def _usable(self, record: RunRecord | None) -> RunRecord | None:
        """The record, unless it is of a run that cannot be gone on with: its files are damaged."""
        if record is None or record.state in ("running", "finished"):
            return record
        folder = self._root / names.RUNS / names.check_run_id(record.run_id)
        try:
            read_record(folder)
            read_object(folder / names.CONFIG)
        except CorruptRun:
            return None
        return record

    def look(self, run_id: str) -> RunRecord:
        """What the folder of a run says, ahead of the index.

        Raises:
            CorruptRun: It is damaged or gone.
        """
        return read_record(self._root / names.RUNS / run_id)

    def look_again(self, claim: Claim) -> RunRecord | None:
        """What a run's folder says, where its token is not the claim's; None where it is lost.

        A worker of the driver before may have written ``run.json`` at the moment of the claim. What
        it finished counts. Else the claim's own record takes its place again.

        Raises:
            StoreError: The disk refuses.
        """
        with self._index.transaction():
            row = self._index.read(claim.run_id)
            if row is None or row.token != claim.token or row.state != "running":
                return None
            record = self.look(claim.run_id)
            if record.state == "finished":
                return replace(record, token=claim.token)
            write_record(self._root / names.RUNS / claim.run_id, row)
            return row

    def enter(self, records: Sequence[RunRecord]) -> None:
        """Enter runs of this process that others have ended, and give the claims back.

        Args:
            records: As `look` gave them, none of them running.

        Raises:
            StoreError: The disk refuses; then none of them is entered.
        """
        if not records:
            return
        sync_disk(self._root)
        with self._index.transaction():
            tokens = self._index.tokens([record.run_id for record in records])
            self._index.put_many(
                record for record in records if tokens.get(record.run_id) == record.token
            )
        for record in records:
            lease.release(self._index, record.run_id)

    def result(self, run_id: str) -> dict[str, Any]:
        """The result of a finished run.

        Raises:
            CorruptRun: It is damaged or gone.
        """
        return read_object(self._root / names.RUNS / names.check_run_id(run_id) / names.RESULT)

    def failure(self, run_id: str) -> str:
        """The end of a failed run's traceback.

        Raises:
            CorruptRun: It is damaged or gone.
        """
        path = self._root / names.RUNS / names.check_run_id(run_id) / names.FAILURE
        return read_limited(path, TEXT_LIMIT).decode("utf-8", "replace")

    def keep(self, claim: Claim) -> None:
        """Renew the lease of a claim from now on, after the store was opened anew."""
        lease.hold(self._index, claim.run_id, claim.token)

    def run(self, run_id: str) -> Run:
        """The run itself, to be ended from here."""
        return Run(self._index, self._root / names.RUNS / run_id, self.look(run_id))
