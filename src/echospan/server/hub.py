"""The runs that are served and their sessions."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from echospan.arguments import flag, instance, validated
from echospan.serve import load
from echospan.server import saved
from echospan.server.batcher import Answer, Queue, Steps
from echospan.server.entry import Entry, Session, copied, end, put, require_open
from echospan.server.errors import Refused, too_many
from echospan.server.limits import Limits
from echospan.server.metrics import Metrics
from echospan.server.model import ServedRun
from echospan.server.saved import Snapshot
from echospan.store import Run
from echospan.store.files import sync_disk, synced_later


class Hub:
    """Runs and their sessions; safe to use from several threads.

    Args:
        limits: How much is taken on.

    Example:
        >>> from echospan.server import Hub, make_app
        >>> with echospan.Store("my-runs") as store:
        ...     _ = echospan.run("stream", store=store, variants=False)
        ...     hub = Hub()
        ...     served = hub.add(store.get("latest:stream"))
        ...     app = make_app(hub)
        >>> hub.close()
        0
    """

    @validated(limits=instance("an echospan.server.Limits", "echospan.server.limits:Limits"))
    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008
        self.limits, self.metrics = limits, Metrics()
        self.runs: dict[str, Entry] = {}
        self.sessions: dict[str, Session] = {}
        self.disk = ThreadPoolExecutor(1, "echospan-disk")
        self.work = ThreadPoolExecutor(1, "echospan-whole")
        self.opening = 0
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._expiry = threading.Thread(target=self._expire, name="echospan-expiry", daemon=True)
        self._expiry.start()

    @validated(run=instance("an echospan.store.Run", "echospan.store:Run"), trust=flag)
    def add(self, run: Run, *, trust: bool = False) -> ServedRun:
        """Load a finished run and compile what serves it; the second time, nothing.

        Args:
            run: A finished run.
            trust: Import the classes that its settings name as ``package.module:Class``.

        Raises:
            EchospanError: The run is not finished, or cannot be loaded.
        """
        with self._lock:
            if run.id not in self.runs:
                served = ServedRun(load(run, trust=trust), run.id)
                self.runs[run.id] = Entry(run, served, self.limits, self.metrics)
            return self.runs[run.id].served

    def entry(self, run_id: str) -> Entry:
        """The run of that id.

        Raises:
            Refused: It is not served here, or was removed from the store.
        """
        entry = self.runs.get(run_id)
        if entry is None:
            raise Refused(404, "no-run", "No run of that id is served here.")
        entry.require()
        return entry

    def session(self, session_id: str) -> Session:
        """The open session of that id.

        Raises:
            Refused: There is none; the sentence says so if one is saved.
        """
        found = self.sessions.get(session_id)
        if found is None:
            kept = saved.is_session_id(session_id) and any(
                saved.exists(entry.path, session_id) for entry in self.runs.values()
            )
            more = " It is saved: restore it first." if kept else ""
            raise Refused(404, "no-session", f"No session of that id is open.{more}")
        found.entry.require()
        return found

    def open(
        self, entry: Entry, session_id: str = "", snapshot: Snapshot | None = None
    ) -> tuple[Session, Future[Any]]:
        """Open a session at the start of a sequence, or where a snapshot ends.

        Returns:
            The session, and what is done when it has its state.
        """
        model, batcher = entry.streaming()
        with self._lock:
            if len(self.sessions) >= self.limits.sessions:
                raise too_many(
                    "too-many-sessions",
                    f"{len(self.sessions):,} sessions are open, and no more may be. Delete some, "
                    f"or wait until idle ones end ({self.limits.idle:,.0f} s).",
                )
            session = Session(session_id or secrets.token_hex(16), entry, Queue(-1))
            session.queue.used = time.monotonic()
            if session.id in self.sessions:
                raise Refused(409, "is-open", "A session of that id was opened meanwhile.")
            self.sessions[session.id] = session

        def begin(queue: Queue) -> None:
            queue.row = model.rows.take()
            put(model, queue, snapshot)

        return session, batcher.ordered(session.queue, begin)

    def put(self, session: Session, snapshot: Snapshot | None) -> Future[Any]:
        """Go back to the start of a sequence, or to a snapshot."""
        model, batcher = session.entry.streaming()

        def replace(queue: Queue) -> None:
            require_open(queue)
            put(model, queue, snapshot)

        return batcher.ordered(session.queue, replace)

    def snapshot(self, session: Session) -> Future[Snapshot]:
        """A copy of the state after all that was asked before."""
        model, batcher = session.entry.streaming()

        def copy(queue: Queue) -> Snapshot:
            require_open(queue)
            return copied(model, queue)

        return batcher.ordered(session.queue, copy)

    def delete(self, session: Session) -> Future[Any]:
        """End a session after all that was asked before; what is saved of it stays."""
        model, batcher = session.entry.streaming()
        with self._lock:
            self.sessions.pop(session.id, None)

        return batcher.ordered(session.queue, lambda queue: end(model, queue))

    def submit(
        self,
        session: Session,
        symbols: list[int],
        expected: int | None,
        done: Callable[[list[Answer] | BaseException], None],
    ) -> None:
        """Process values of a session; `done` is called from another thread."""
        _, batcher = session.entry.streaming()
        batcher.reserve(len(symbols))
        batcher.submit(session.queue, Steps(symbols, expected, done))

    def predict(
        self,
        entry: Entry,
        sequences: list[list[int]],
        done: Callable[[int, list[Answer] | BaseException], None],
    ) -> None:
        """Process sequences, each from its start; `done` is called with the place of each."""
        model, batcher = entry.streaming()
        batcher.reserve(sum(len(symbols) for symbols in sequences))
        for place, symbols in enumerate(sequences):
            queue = Queue(-1)

            def begin(queue: Queue) -> None:
                queue.row = model.rows.take()

            def finish(outcome: Any, place: int = place, queue: Queue = queue) -> None:
                batcher.ordered(queue, lambda queue: end(model, queue))
                done(place, outcome)

            batcher.ordered(queue, begin)
            batcher.submit(queue, Steps(symbols, None, finish))

    def save(self, session: Session, snapshot: Snapshot) -> None:
        """Write a snapshot of a session to disk.

        Raises:
            Refused: Too many are saved.
            StoreError: The disk refuses.
        """
        entry = session.entry
        fresh = not saved.exists(entry.path, session.id)
        if fresh and entry.saved >= self.limits.saved:
            raise Refused(
                429,
                "too-many-saved",
                f"{entry.saved:,} sessions of this run are saved, and no more may be. Delete some.",
                retry_after=60,
            )
        saved.write(entry.path, session.id, snapshot)
        entry.saved += fresh

    def find_saved(self, session_id: str) -> tuple[Entry, Snapshot] | None:
        """A saved session with its run; None where there is none.

        Raises:
            Refused: Its file is damaged.
        """
        for entry in self.runs.values() if saved.is_session_id(session_id) else ():
            if entry.stream is not None:
                symbols = entry.served.trained.symbols
                found = saved.read(entry.path, session_id, entry.stream.zero, symbols)
                if found is not None:
                    return entry, found
        return None

    def remove_saved(self, session_id: str) -> bool:
        """Delete what is saved of a session; whether anything was."""
        for entry in self.runs.values() if saved.is_session_id(session_id) else ():
            if saved.remove(entry.path, session_id):
                entry.saved -= 1
                return True
        return False

    def close(self) -> int:
        """Finish what waits, save all open sessions and end; how many were saved."""
        self._ended.set()
        for entry in self.runs.values():
            if entry.batcher is not None:
                entry.batcher.close()
        self.disk.shutdown()
        self.work.shutdown(cancel_futures=True)
        kept = 0
        with self._lock, synced_later():
            for session in self.sessions.values():
                entry, queue = session.entry, session.queue
                if entry.stream and queue.row >= 0 and os.path.isdir(entry.path):
                    saved.write(entry.path, session.id, copied(entry.stream, queue))
                    kept += 1
            self.sessions.clear()
        for entry in self.runs.values() if kept else ():
            if os.path.isdir(entry.path):
                sync_disk(entry.path)
        return kept

    def _expire(self) -> None:
        while not self._ended.wait(min(self.limits.idle / 4, 5.0)):
            before = time.monotonic() - self.limits.idle
            with self._lock:
                idle = [
                    session
                    for session in self.sessions.values()
                    if session.queue.used < before and not session.queue.work
                ]
            for session in idle:
                self.delete(session)
                self.metrics.expired += 1
