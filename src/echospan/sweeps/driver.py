"""The driver of a sweep: claims units, hands packs in, enters what ended, hands in again what died.

It believes the folders of the runs and nothing else. So it may be killed at any moment: the next
one, on any machine that sees the store, finds there what its workers finished, and what they left.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echospan.errors import EchospanError, StoreError
from echospan.files import open_place
from echospan.store import Store, names
from echospan.store.claims import Claim
from echospan.store.record import RunRecord
from echospan.sweeps.costs import Costs
from echospan.sweeps.executors import start
from echospan.sweeps.executors.base import Ended, Executor, Place
from echospan.sweeps.ledger import Ledger
from echospan.sweeps.pack import Pack, Task
from echospan.sweeps.packing import Packer
from echospan.sweeps.plan import Plan
from echospan.sweeps.progress import Counts, SweepObserver
from echospan.sweeps.verbs import Unit

FOLDER = ".sweeps"
"""Of the store: a folder for each sweep that runs, with its stop file and its executor's files."""

ATTEMPTS = 3
"""How often a unit is handed in whose worker dies; then it is recorded as failed."""

LOOK_SECONDS = 0.25
"""Between two looks at what workers have ended."""

LOOKED_AT = 64
"""Packs that are looked at each time, in turn: of a thousand on a cluster, not all at once."""

HELD_SECONDS = 1.0
"""Between two looks at units that another sweep runs."""


STALE_SECONDS = 7 * 86_400.0
"""After that time a sweep's folder that was left behind is removed."""


@dataclass
class Flight:
    """A pack that was handed in.

    Attributes:
        pack: The pack.
        units: Its units by run, with the claims; those that are entered are gone from it.
        gone: How often the store had been gone by then.
        at_work: The unit that is being done, and since when, by this machine's clock.
        late: The unit that took too long.
    """

    pack: Pack
    units: dict[str, tuple[Unit, Claim]]
    gone: int
    at_work: tuple[str, float] | None = None
    late: str | None = None


@dataclass
class Again:
    """Claimed units that are to be handed in once more."""

    units: list[tuple[Unit, Claim]]
    attempt: int


@dataclass
class Driver:
    """One sweep at work.

    Attributes:
        plan: What is to be done; its units are known to be right.
        total: How many units it has.
        store: Where to.
        costs: What is to be done, and what it takes; kept up to date.
        before: Units that were finished before.
        failed: Units that failed before, and are not tried again.
        executor: Name of what starts the work.
        options: What it asks its engine for, laid over the options of the sweep's file.
        workers: How many packs run at once; None for the executor's default.
        time_limit: Seconds that one unit may take; None for no limit.
        retry: Whether failed units are done again.
        trust: Whether classes that settings name are imported by workers.
        yes: Whether the user lifted the limits.
        skip: Fingerprints of units that are finished elsewhere.
        observer: Receives progress.
        stop: Asked whether to end.
    """

    plan: Plan
    total: int
    store: Store
    costs: Costs
    before: int = 0
    failed: int = 0
    executor: str = "pool"
    options: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None
    time_limit: float | None = None
    retry: bool = False
    trust: bool = False
    yes: bool = False
    skip: frozenset[str] = frozenset()
    observer: SweepObserver = field(default_factory=SweepObserver)
    stop: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.store, self.plan.verb.kind, self.observer, self.stop)
        self._flights: dict[str, Flight] = {}
        self._again: deque[Again] = deque()
        self._held: deque[Unit] = deque()
        self._done = self._open = 0
        self._number = 0
        self._looked = self._asked = 0.0
        self._name = f"{names.slug(self.plan.name) or 'sweep'}-{secrets.token_hex(4)}"
        self._folder = self.store.path / FOLDER / self._name
        self._packer = Packer(self._units(), together=self.plan.verb.packs)
        self._open = self.total - self.before - self.failed
        self._stopping = False
        self.slots = 0

    def run(self) -> None:
        """Do all units that no one has done.

        Units that fail are recorded; the rest goes on. After `stop` it ends once the workers have
        kept where they stand.

        Raises:
            EchospanError: The engine can't be used, or the store can't be written. What was done
                is kept.
            KeyboardInterrupt: The user is in a hurry. What was done is kept.
        """
        self._make_folder()
        executor: Executor | None = None
        try:
            executor = start(
                self.executor,
                Place(
                    self._folder,
                    self.workers,
                    {**self.plan.options.get(self.executor, {}), **self.options},
                    self.time_limit,
                ),
            )
            self.slots = executor.slots
            self._loop(executor)
        finally:
            self._end(executor)

    def _loop(self, executor: Executor) -> None:
        while True:
            if self.stop() and not self._stopping:
                self._stopping = True
                self._stop_file.touch()
            if not self._stopping:
                self._hand_in(executor)
            if not self._flights and (self._stopping or not self._wait_for_held()):
                break
            self._take(list(executor.ended(LOOK_SECONDS if self._flights else 0.0)))
            self._look(executor)
            self._tell()
        self._tell()

    def _hand_in(self, executor: Executor) -> None:
        packs: list[Pack] = []
        while len(self._flights) < executor.capacity:
            # Asked here, too: with a million units to be skipped it may take a while.
            if self.stop():
                break
            if self._again:
                again = self._again.popleft()
                packs.append(self._pack(again.units, again.attempt))
                continue
            if not (chosen := self._chosen(executor)):
                break
            packs += self._claimed_packs(chosen)
        if packs:
            executor.submit_many(packs)

    def _chosen(self, executor: Executor) -> list[list[Unit]]:
        """The units of the next packs: many, since a claim waits for the disk once for all."""
        chosen: list[list[Unit]] = []
        count = 0
        while count < _BLOCK and len(self._flights) + len(chosen) < executor.capacity:
            units = self._packer.next(executor.pack_size(max(1, self._open - count)))
            if not units:
                break
            chosen.append(units)
            count += len(units)
        return chosen

    def _claimed_packs(self, chosen: list[list[Unit]]) -> list[Pack]:
        claims = iter(self._standing([unit for units in chosen for unit in units]))
        packs = []
        for units in chosen:
            if mine := [(unit, claim) for unit in units if (claim := next(claims))]:
                self._open -= len(mine)
                packs.append(self._pack(mine, 0))
        return packs

    def _units(self) -> Iterator[Unit]:
        """The units that are to be done: those that are finished are left out, many at a time."""
        block: list[Unit] = []
        for unit in self.plan.units():
            block.append(unit)
            if len(block) == _BLOCK:
                yield from self._undone(block)
                block = []
        yield from self._undone(block)

    def _undone(self, block: list[Unit]) -> Iterator[Unit]:
        known = self.ledger.known([unit.fingerprint for unit in block])
        for unit in block:
            record = known.get(unit.fingerprint)
            state = "" if record is None else record.state
            if unit.fingerprint in self.skip or state == "finished":
                continue
            if state != "failed" or self.retry:
                yield unit

    def _standing(self, units: list[Unit]) -> list[Claim | None]:
        """The claim of each of the units; None for those that are not this sweep's to do."""
        claims = self.ledger.claim(
            [self.plan.verb.wanted(unit) for unit in units], retry=self.retry
        )
        mine: list[Claim | None] = []
        for unit, claim in zip(units, claims, strict=True):
            mine.append(claim if claim.standing == "mine" else None)
            if claim.standing == "mine":
                continue
            if claim.standing == "held":
                self._held.append(unit)
                continue
            # Another sweep has done it since this one counted.
            self._open -= 1
            self.costs.done(unit, None)
            if claim.standing == "finished":
                self.before += 1
            else:
                self.failed += 1
        return mine

    def _pack(self, units: list[tuple[Unit, Claim]], attempt: int) -> Pack:
        self._number += 1
        pack = Pack(
            id=f"{self._name}-{self._number}",
            store=str(self.ledger.root),
            verb=self.plan.verb_name,
            tasks=tuple(Task(claim.run_id, claim.token) for _, claim in units),
            stop_file=str(self._stop_file),
            trust=self.trust,
            yes=self.yes,
            attempt=attempt,
        )
        by_run = {claim.run_id: (unit, claim) for unit, claim in units}
        self._flights[pack.id] = Flight(pack, by_run, self.ledger.gone)
        return pack

    def _look(self, executor: Executor) -> None:
        """Enter what workers have ended meanwhile, and end what takes too long."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        flights = list(self._flights.items())
        self._look_at([flight for _, flight in flights[:LOOKED_AT]], whole=False)
        for pack_id, flight in flights[:LOOKED_AT]:
            work = flight.at_work
            late = work is not None and self.time_limit is not None
            if late and work is not None and time.monotonic() - work[1] > (self.time_limit or 0):
                flight.late = flight.late or work[0]
                executor.kill(pack_id)
            if len(flights) > LOOKED_AT:
                # To the end of the row.
                self._flights[pack_id] = self._flights.pop(pack_id)

    def _look_at(self, flights: Sequence[Flight], *, whole: bool) -> None:
        """Enter the units of packs that have ended.

        Args:
            flights: The packs.
            whole: Whether to look at all of their units; else up to the one that is being done.
        """
        ended: list[tuple[Flight, RunRecord]] = []
        for flight in flights:
            self._look_into(flight, ended, whole=whole)
            if len(ended) >= _BLOCK:
                self._enter(ended)
        self._enter(ended)

    def _look_into(
        self, flight: Flight, ended: list[tuple[Flight, RunRecord]], *, whole: bool
    ) -> None:
        for run_id, (_, claim) in list(flight.units.items()):
            record = self.ledger.look(run_id)
            if record is None:
                # Taken over by force, or removed. It is no longer this sweep's.
                del flight.units[run_id]
                self.ledger.mine.pop(run_id, None)
                self.failed += 1
                continue
            if record.state != "running":
                ended.append((flight, record))
                continue
            began = record.since != claim.since
            if began and (flight.at_work is None or flight.at_work[0] != run_id):
                flight.at_work = (run_id, time.monotonic())
            if not whole:
                break

    def _enter(self, ended: list[tuple[Flight, RunRecord]]) -> None:
        self.ledger.enter([record for _, record in ended])
        for flight, record in ended:
            unit, _ = flight.units.pop(record.run_id)
            self.costs.done(unit, record.seconds if record.state == "finished" else None)
            if record.state == "finished":
                self._done += 1
                self.observer.finished(self.ledger.root / names.RUNS / record.run_id)
            elif record.state == "failed":
                self.failed += 1
        ended.clear()

    def _take(self, ended: list[Ended]) -> None:
        """What became of packs that no one works on any more."""
        # They are in flight until they are looked at: the store may refuse.
        there = [
            (each, self._flights[each.pack_id]) for each in ended if each.pack_id in self._flights
        ]
        self._look_at([flight for _, flight in there], whole=True)
        for each, flight in there:
            self._flights.pop(each.pack_id, None)
            self._after(each, flight)

    def _after(self, ended: Ended, flight: Flight) -> None:
        if not flight.units or self._stopping:
            # What is interrupted here is gone on with by the next sweep.
            return
        self._require_writable()
        if flight.late in flight.units:
            unit, _ = flight.units.pop(flight.late)
            self._fail(
                unit, flight.late, f"It took longer than the limit of {self.time_limit:g} s."
            )
        self._once_more(flight, ended.error)

    def _once_more(self, flight: Flight, error: str) -> None:
        """Hand the units of a pack in again that are left: those that may be to blame, alone."""
        attempt = flight.pack.attempt
        if flight.gone != self.ledger.gone or flight.late is not None:
            # It was the store's fault, or that of a unit that is recorded.
            if flight.units:
                self._again.append(Again(list(flight.units.values()), attempt))
            return
        suspects: list[tuple[Unit, Claim]] = []
        others: list[tuple[Unit, Claim]] = []
        for run_id, pair in flight.units.items():
            record = self.ledger.look(run_id)
            began = record is not None and record.since != pair[1].since
            (suspects if began else others).append(pair)
        if not suspects:
            # The worker died before it began: all of them, or none.
            suspects, others = others, []
        for unit, claim in suspects:
            if attempt + 1 >= ATTEMPTS:
                why = error or "Its worker ended, and left it undone."
                self._fail(unit, claim.run_id, f"{why} That happened {attempt + 1} times.")
            else:
                self._again.append(Again([(unit, claim)], attempt + 1))
        if others:
            self._again.append(Again(others, attempt))

    def _fail(self, unit: Unit, run_id: str, why: str) -> None:
        self.ledger.fail(run_id, why)
        self.costs.done(unit, None)
        self.failed += 1

    def _require_writable(self) -> None:
        """Let the sweep go on only where something can be written: else all units would fail.

        Raises:
            StoreError: The disk is full, say.
        """
        try:
            with open_place(self._folder) as folder, folder.writing("probe") as file:
                file.write(b"." * 4096)
        except OSError as error:
            if (self.ledger.root / names.RUNS).is_dir():
                raise StoreError(
                    f"Cannot write to the store {self.ledger.root}: {error.strerror}. What was "
                    "done is kept. Free some space, and start the sweep again."
                ) from error

    def _wait_for_held(self) -> bool:
        """Wait a moment for units that another sweep runs; whether there are such."""
        if not self._held:
            return False
        if not self._asked:
            self.observer.note(
                f"{len(self._held)} units are run by another sweep or command at this moment; "
                "waiting for them."
            )
        if (left := self._asked + HELD_SECONDS - time.monotonic()) > 0 and self._asked:
            time.sleep(min(left, HELD_SECONDS))
        self._asked = time.monotonic()
        waiting, self._held = list(self._held)[:_BLOCK], deque(list(self._held)[_BLOCK:])
        claims = self._standing(waiting)
        if mine := [(unit, claim) for unit, claim in zip(waiting, claims, strict=True) if claim]:
            # Its sweep is gone.
            self._open -= len(mine)
            self._again.append(Again(mine, 0))
        return True

    def _tell(self) -> None:
        seconds = self.costs.seconds()
        self.observer.counts(
            Counts(
                total=self.total,
                before=self.before,
                done=self._done,
                failed=self.failed,
                running=sum(len(flight.units) for flight in self._flights.values()),
                held=len(self._held),
                seconds_left=None if seconds is None else seconds / max(1, self.slots),
            )
        )

    @property
    def counts(self) -> Counts:
        """How far it came."""
        return Counts(self.total, self.before, self._done, self.failed, held=len(self._held))

    @property
    def _stop_file(self) -> Path:
        return self._folder / "stop"

    def _make_folder(self) -> None:
        # What a killed driver left.
        with suppress(OSError):
            for old in self._folder.parent.iterdir():
                if time.time() - old.stat().st_mtime > STALE_SECONDS:
                    with open_place(self._folder.parent) as above:
                        above.remove(old.name)
        try:
            self._folder.mkdir(parents=True)
        except OSError as error:
            raise StoreError(
                f"Cannot write to the store {self.ledger.root}: {error.strerror}."
            ) from error

    def _end(self, executor: Executor | None) -> None:
        """Leave nothing running, nothing owned, and nothing behind."""
        if executor is not None:
            executor.close()
        # Each for itself: one that can't be read keeps no other from being entered.
        for flight in self._flights.values():
            with suppress(EchospanError):
                self._look_at([flight], whole=True)
        self._flights.clear()
        self.ledger.give_back()
        with suppress(OSError), open_place(self._folder.parent) as above:
            above.remove(self._folder.name)
        with suppress(OSError):
            self._folder.parent.rmdir()


_BLOCK = 500
"""Units that are looked up at once."""
