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
from echospan.store.files import read_object, sync_disk, synced_later
from echospan.store.folders import stage
from echospan.store.index import Index
from echospan.store.liveness import this_process
from echospan.store.problems import os_errors
from echospan.store.record import Kind, RunRecord, now, read_record, write_record
from echospan.store.recovery import discard, settle
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
        self._settle(wanted)
        there = self.known([each.fingerprint for each in wanted])
        staged: dict[str, RunRecord] = {}
        try:
            with synced_later():
                for each in wanted:
                    if self._usable(there.get(each.fingerprint)) is None:
                        staged[each.fingerprint] = self._stage(each)
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

    def _settle(self, wanted: Sequence[Wanted]) -> None:
        """Let runs of dead processes be what they are, where one of them is wanted."""
        here = this_process()
        for record in self.known([each.fingerprint for each in wanted]).values():
            if record.state == "running" and record.owner != here and not lease.is_alive(record):
                settle(self._index, self._root / names.RUNS)
                return

    def _stage(self, wanted: Wanted) -> RunRecord:
        moment = now()
        draft = self._store._draft(
            moment, wanted.recipe, wanted.fingerprint, wanted.seed, None, wanted.label, self._kind
        )
        return stage(self._index, self._root, draft, moment, wanted.config, wanted.json)

    def _take(
        self, wanted: Sequence[Wanted], staged: Mapping[str, RunRecord], retry: bool
    ) -> list[Claim]:
        runs = self._root / names.RUNS
        claims = []
        moved = []
        try:
            with (
                os_errors("write", runs),
                open_folder(self._root / names.STAGING) as aside,
                open_folder(runs) as folder,
                synced_later(),
                self._index.transaction(),
            ):
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
                        moved.append(new.run_id)
                        self._index.put(new)
                        claims.append(Claim(new.run_id, "mine", new.token, new.since))
                        continue
                    if new is not None:
                        discard(self._root / names.STAGING / new.run_id)
                    claims.append(self._taken(record, retry))
                # The rows must not outlive a power cut that the folders do not.
                folder.sync()
        except BaseException:
            for run_id in moved:
                if self._index.read(run_id) is None:
                    discard(runs / run_id)
            raise
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
            for record in records:
                row = self._index.read(record.run_id)
                if row is not None and row.token == record.token:
                    self._index.put(record)
        for record in records:
            lease.release(self._index, record.run_id)

    def keep(self, claim: Claim) -> None:
        """Renew the lease of a claim from now on, after the store was opened anew."""
        lease.hold(self._index, claim.run_id, claim.token)

    def run(self, run_id: str) -> Run:
        """The run itself, to be ended from here."""
        return Run(self._index, self._root / names.RUNS / run_id, self.look(run_id))
