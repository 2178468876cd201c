"""The store as a sweep's driver uses it: patient where it is gone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from echospan.errors import CorruptRun, EchospanError, StoreError
from echospan.observer import Observer, halt_if
from echospan.store import Store, interrupt_all, names
from echospan.store.claims import Claim, Claims, Wanted
from echospan.store.record import Kind, RunRecord

T = TypeVar("T")

PATIENCE_SECONDS = 600.0
"""So long a sweep waits for a store that is gone: a network's disk, a folder that was moved."""

LOOK_SECONDS = 0.5


class UnitFailed(EchospanError):
    """A unit could not be done, and could not say so itself: its worker died, or was ended."""


class Ledger:
    """Claims in one store, which may be gone for a while.

    Args:
        store: The store; it is opened anew where it came back.
        kind: Of the runs.
        observer: Is told that the store is gone.
        stop: Asked while it is waited for.

    Attributes:
        store: The store, open.
        gone: How often it was gone.
        mine: The claims of this process that have not ended, by run.
    """

    def __init__(
        self, store: Store, kind: Kind, observer: Observer, stop: Callable[[], bool]
    ) -> None:
        self.store, self._kind = store, kind
        self._observer, self._stop = observer, stop
        self.gone = 0
        self.mine: dict[str, Claim] = {}
        self._claims = Claims(store, kind)

    @property
    def root(self) -> Path:
        """The store's folder."""
        return self.store.path

    def known(self, fingerprints: Sequence[str]) -> Mapping[str, RunRecord]:
        """See `Claims.known`."""
        return self._patiently(lambda: self._claims.known(fingerprints))

    def claim(self, wanted: Sequence[Wanted], *, retry: bool) -> list[Claim]:
        """See `Claims.claim`."""
        claims = self._patiently(lambda: self._claims.claim(wanted, retry=retry))
        self.mine.update({claim.run_id: claim for claim in claims if claim.standing == "mine"})
        return claims

    def look(self, run_id: str) -> RunRecord | None:
        """What the folder of a run says; None where it is no longer this process's."""

        def look() -> RunRecord | None:
            try:
                record = self._claims.look(run_id)
            except CorruptRun:
                if not self._is_there():
                    raise
                return None
            claim = self.mine[run_id]
            return record if record.token == claim.token else self._claims.look_again(claim)

        return self._patiently(look)

    def enter(self, records: Sequence[RunRecord]) -> None:
        """See `Claims.enter`."""
        self._patiently(lambda: self._claims.enter(records))
        for record in records:
            self.mine.pop(record.run_id, None)

    def fail(self, run_id: str, why: str) -> None:
        """End a run as failed, in the name of a worker that can't."""

        def fail() -> None:
            # Where it was removed or taken over, it is not this process's to end.
            run = self._claims.run(run_id)
            if run.state == "running":
                run.fail(UnitFailed(why))

        with suppress(CorruptRun):
            self._patiently(fail)
        self.mine.pop(run_id, None)

    def give_back(self) -> None:
        """Interrupt all runs that are not entered, as far as that can be written."""
        runs = []
        for run_id in list(self.mine):
            with suppress(StoreError):
                runs.append(self._claims.run(run_id))
        with suppress(StoreError):
            interrupt_all(runs)
        self.mine.clear()

    def _is_there(self) -> bool:
        return (self.root / names.RUNS).is_dir() and (self.root / names.INDEX).is_file()

    def _patiently(self, call: Callable[[], T]) -> T:
        while True:
            try:
                return call()
            except StoreError as error:
                if self._is_there():
                    raise
                self._wait(error)

    def _wait(self, error: StoreError) -> None:
        self.gone += 1
        self._observer.note(f"The store {self.root} is gone. Waiting for it to come back.")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is_there():
            halt_if(self._stop)
            if time.monotonic() > deadline:
                raise error
            time.sleep(LOOK_SECONDS)
        with suppress(StoreError):
            self.store.close()
        self.store = Store(self.root, create=False)
        self._claims = Claims(self.store, self._kind)
        for claim in self.mine.values():
            self._claims.keep(claim)
        self._observer.note("It is back.")
