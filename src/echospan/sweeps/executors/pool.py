"""The default executor: processes on this machine, one a core, each supervised on its own.

Python's own `ProcessPoolExecutor`, and the pools that build on it, give up as a whole when one
worker dies. Here a worker that dies takes only its pack with it, and a new one takes its place.
Workers are programs of their own, not children of `multiprocessing`, which would import the user's
script once more in each. They get packs as lines of JSON on standard input. The end of that input
is the driver's end, however it came: a worker ends with it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import ClassVar

from echospan.engine.fleet.threaded import CORES, cores
from echospan.errors import ConfigError, EchospanError
from echospan.sweeps.executors.base import Ended, Executor, Pack, Place
from echospan.sweeps.machine import accelerated

MOST_WORKERS = 256

STARTS_IN_A_ROW = 3
"""Workers that may die, one after the other, before one of them has said that it is ready."""

ENDS_IN_SECONDS = 2.0

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC", CORES)
"""Variables that say how many threads a worker computes in: its share of the cores, so that workers
are not in each other's way. XLA reads NPROC."""


class Pool(Executor):
    """Workers on this machine. Left out, there are as many as cores, or one on an accelerator."""

    name: ClassVar[str] = "pool"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        for option in place.options:
            raise ConfigError(f"executor.pool.{option}", "left out: the pool has no options", None)
        wanted = place.workers or (1 if accelerated() else cores())
        if wanted > MOST_WORKERS:
            raise ConfigError("workers", f"at most {MOST_WORKERS}", wanted)
        self._slots = wanted
        self._waiting: deque[Pack] = deque()
        self._news: SimpleQueue[tuple[_Worker, str]] = SimpleQueue()
        self._workers: list[_Worker] = []
        self._ended: deque[Ended] = deque()
        self._failed_starts = 0

    @property
    def slots(self) -> int:
        """Workers."""
        return self._slots

    def submit(self, pack: Pack) -> None:
        """Give the pack to a free worker, or let it wait for one."""
        self._waiting.append(pack)
        self._share_out()

    def ended(self, timeout: float) -> Iterator[Ended]:
        """See `Executor.ended`."""
        deadline = time.monotonic() + timeout
        while not self._ended:
            left = deadline - time.monotonic()
            try:
                worker, said = self._news.get(timeout=max(left, 0.0))
            except Empty:
                return
            self._hear(worker, said)
        while self._ended:
            yield self._ended.popleft()

    def kill(self, pack_id: str) -> None:
        """See `Executor.kill`."""
        for pack in list(self._waiting):
            if pack.id == pack_id:
                self._waiting.remove(pack)
                self._ended.append(Ended(pack_id, "It was taken back before it began."))
        for worker in self._workers:
            if worker.pack_id == pack_id:
                worker.kill()

    def close(self) -> None:
        """See `Executor.close`."""
        self._waiting.clear()
        for worker in self._workers:
            # One that is idle ends by itself at the end of its input.
            if worker.pack_id is not None:
                worker.kill()
            worker.leave()
        deadline = time.monotonic() + ENDS_IN_SECONDS
        for worker in self._workers:
            worker.wait(max(0.0, deadline - time.monotonic()))
        self._workers.clear()

    def _share_out(self) -> None:
        while self._waiting:
            free = next((each for each in self._workers if each.free), None)
            if free is None:
                if len(self._workers) >= self._slots:
                    return
                free = _Worker(self._news, max(1, cores() // self._slots))
                self._workers.append(free)
            free.work_on(self._waiting.popleft())

    def _hear(self, worker: _Worker, said: str) -> None:
        if said == READY:
            self._failed_starts = 0
            return
        if said == DIED:
            self._bury(worker)
        elif worker.pack_id is not None and said.startswith(DONE):
            content = json.loads(said.removeprefix(DONE))
            self._ended.append(Ended(worker.pack_id, content["error"]))
            worker.pack = None
        self._share_out()

    def _bury(self, worker: _Worker) -> None:
        if worker not in self._workers:
            return
        self._workers.remove(worker)
        worker.leave()
        why = worker.how_it_ended()
        if worker.was_ready or worker.killed:
            if worker.pack_id is not None:
                self._ended.append(Ended(worker.pack_id, why))
        else:
            # That is not its pack's fault, which it has not seen.
            if worker.pack is not None:
                self._waiting.appendleft(worker.pack)
            self._failed_starts += 1
            if self._failed_starts >= STARTS_IN_A_ROW:
                raise EchospanError(
                    f"{self._failed_starts} workers in a row ended before they were ready. {why} "
                    "What they said is above. Try `echospan run window --epochs 1`."
                )


READY, DIED, DONE = "ready", "", "done "


class _Worker:
    """One process, and a thread that listens to it.

    Attributes:
        pack: The pack that it works on; None while it has none.
        was_ready: Whether it came as far as taking packs.
        killed: Whether it was ended from here.
    """

    def __init__(self, news: SimpleQueue[tuple[_Worker, str]], threads: int) -> None:
        self.pack: Pack | None = None
        self.was_ready = self.killed = False
        self._news = news
        code = (
            f"import sys; sys.path[:] = {sys.path!a}; "
            f"from echospan.sweeps.executors.worker import main; main({os.getpid()})"
        )
        flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
        try:
            self._process = subprocess.Popen(
                [sys.executable, *flags, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **dict.fromkeys(THREADS, str(threads))},
                # Ctrl-C in a terminal is the driver's to hear.
                start_new_session=True,
            )
        except (OSError, ValueError, MemoryError) as error:
            raise EchospanError(f"A worker's process can't be started: {error}.") from error
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pack_id(self) -> str | None:
        """Of the pack that it works on."""
        return None if self.pack is None else self.pack.id

    @property
    def free(self) -> bool:
        """Whether it can take a pack; one that is still starting can."""
        return self.pack_id is None and not self.killed and self._process.poll() is None

    def work_on(self, pack: Pack) -> None:
        """Send it a pack. That it died meanwhile is heard of later."""
        self.pack = pack
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps(pack.to_dict()).encode() + b"\n")
            self._process.stdin.flush()

    def kill(self) -> None:
        """End it at once."""
        self.killed = True
        with suppress(OSError):
            self._process.kill()

    def leave(self) -> None:
        """Close its input: it ends when it is idle."""
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):
            self._process.stdin.close()

    def wait(self, seconds: float) -> None:
        """Wait until it has ended; after that time, end it."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()

    def how_it_ended(self) -> str:
        """A sentence, once it has."""
        status = self._process.wait()
        if self.killed:
            return "The worker was ended by the sweep."
        if status >= 0:
            return f"The worker ended with exit code {status}."
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        told = ", which the system does when memory runs out" if name == "SIGKILL" else ""
        return f"The worker was ended by {name}{told}."

    def _listen(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        with suppress(OSError, ValueError), pipe:
            for line in pipe:
                said = line.decode("utf-8", "replace").rstrip("\n")
                self.was_ready = self.was_ready or said == READY
                self._news.put((self, said))
        self._news.put((self, DIED))
