"""Work that the lab started: each job is a process, and what it told is kept for whoever asks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from echospan.errors import EchospanError

MOST_AT_ONCE = 2
"""Jobs that run at once; the next ones wait."""

CLOSING_SECONDS = 60
"""Time that jobs have to stop when the lab is closed. A compiled epoch is not cut short."""

MOST_KEPT = 100
"""Jobs that ended and are still told of."""

MOST_POINTS = 400
"""Points of a curve that are kept: of longer ones every second point is dropped."""

State = Literal["waiting", "running", "finished", "stopped", "failed"]


@dataclass
class Curve:
    """Loss and accuracy of one training, by epoch."""

    label: str
    epochs: int = 0
    done: int = 0
    points: list[tuple[int, dict[str, float]]] = field(default_factory=list)

    def add(self, epoch: int, logs: dict[str, float]) -> None:
        """Keep a point; a long curve gets coarser."""
        self.done = epoch
        self.points.append((epoch, logs))
        if len(self.points) > MOST_POINTS:
            self.points = [*self.points[:-1:2], self.points[-1]]


@dataclass
class Job:
    """One piece of work, from the click to its end.

    Attributes:
        number: Of the job in this lab, from 1.
        work: What it does: ``verb``, ``recipe`` and ``settings``, or ``model`` and so on.
        state: "waiting", "running", "finished", "stopped" or "failed".
        run_id: The run or sheet that it makes, as soon as that is known.
        curves: What was trained, by label.
        text: Why it failed, or what should be known.
        began: When its training began, in seconds of the monotonic clock.
        before: The share that an earlier job had done, where it resumes one.
        asked_to_stop: Whether the user asked to stop it.
        version: Goes up with each event, so that a page sees whether there is news.
    """

    number: int
    work: dict[str, Any]
    state: State = "waiting"
    run_id: str | None = None
    curves: dict[str, Curve] = field(default_factory=dict)
    text: str = ""
    version: int = 0
    began: float | None = None
    before: float = 0.0
    asked_to_stop: bool = False
    process: asyncio.subprocess.Process | None = None

    @property
    def busy(self) -> bool:
        """Whether it is not over."""
        return self.state in ("waiting", "running")

    @property
    def share(self) -> float:
        """How much of the training that was announced is done, 0 to 1."""
        total = sum(curve.epochs for curve in self.curves.values())
        return min(1.0, sum(c.done for c in self.curves.values()) / total) if total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the pace so far; None while nothing is known."""
        gone = self.share - self.before
        if self.state != "running" or self.began is None or gone < 0.02:
            return None
        return (time.monotonic() - self.began) * (1 - self.share) / gone

    def heard(self, told: Mapping[str, Any]) -> None:
        """Take an event of its process."""
        self.version += 1
        match told["event"]:
            case "run":
                self.run_id = self.run_id or told["run_id"]
            case "begin":
                curve = self.curves.setdefault(told["label"], Curve(told["label"]))
                curve.epochs, curve.done = told["epochs"], told["done"]
                if self.began is None:
                    self.began, self.before = time.monotonic(), self.share
            case "at":
                self.text = told["text"]
            case "progress":
                curve = self.curves.setdefault(told["label"], Curve(told["label"]))
                curve.add(told["epoch"], told["logs"])
            case "note":
                self.text = told["text"]
            case "done":
                self.state, self.run_id = "finished", told["run_id"]
            case "stopped":
                self.state = "stopped"
                self.run_id = (told["run_ids"] or [self.run_id])[0]
            case "failed":
                self.state, self.text = "failed", told["text"]

    def to_dict(self) -> dict[str, Any]:
        """What the API tells of it."""
        return {
            "number": self.number,
            "work": {name: value for name, value in self.work.items() if name != "store"},
            "state": self.state,
            "run_id": self.run_id,
            "share": self.share,
            "seconds_left": self.seconds_left,
            "text": self.text,
            "version": self.version,
        }


class Jobs:
    """All work of one lab. It belongs to the process, not to a page: a closed tab stops nothing.

    Args:
        store: Folder of the store.
        at_once: Jobs that run at once.
    """

    def __init__(self, store: Path, at_once: int = MOST_AT_ONCE) -> None:
        self._store, self._at_once = store, at_once
        self._known: dict[int, Job] = {}
        self._waiting: deque[Job] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._last = 0

    def __iter__(self) -> Any:
        return iter(reversed(list(self._known.values())))

    def get(self, number: int) -> Job:
        """A job by its number.

        Raises:
            EchospanError: There is none.
        """
        try:
            return self._known[number]
        except KeyError:
            raise EchospanError(f"This lab has no job {number}.") from None

    def start(self, work: Mapping[str, Any]) -> Job:
        """Begin a piece of work, or let it wait for its turn."""
        self._last += 1
        job = Job(self._last, {**work, "store": str(self._store)})
        self._known[job.number] = job
        over = [one for one in self._known.values() if not one.busy]
        for one in over[: max(0, len(over) - MOST_KEPT)]:
            del self._known[one.number]
        self._waiting.append(job)
        self._next()
        return job

    def stop(self, number: int) -> Job:
        """Ask a job to stop at the next safe place; what it did is kept."""
        job = self.get(number)
        if job in self._waiting:
            self._waiting.remove(job)
            job.state, job.version = "stopped", job.version + 1
        elif job.busy:
            job.asked_to_stop = True
            _interrupt(job)
        return job

    def running(self, run_id: str) -> Job | None:
        """The job that works on a run of the store, if this lab has one."""
        for job in self._known.values():
            if job.busy and run_id in (job.run_id, job.work.get("resume")):
                return job
        return None

    async def close(self) -> None:
        """Stop all work: what was done is kept and can be resumed."""
        for job in list(self._known.values()):
            if job.busy:
                self.stop(job.number)
        if self._running:
            await asyncio.wait(self._running, timeout=CLOSING_SECONDS)
        for job in self._known.values():
            if job.process is not None and job.process.returncode is None:
                job.process.kill()
        if self._running:
            await asyncio.wait(self._running)

    def _next(self) -> None:
        while self._waiting and len(self._running) < self._at_once:
            task = asyncio.get_running_loop().create_task(self._do(self._waiting.popleft()))
            self._running.add(task)
            task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._next()

    async def _do(self, job: Job) -> None:
        job.state = "running"
        try:
            await self._watch(job)
        except OSError as error:
            job.state, job.text = "failed", f"The job's process can't be started: {error}."
        finally:
            job.version += 1
            if job.state == "running" and job.asked_to_stop:
                # It was still starting, and had done nothing.
                job.state = "stopped"
            elif job.state == "running":
                job.state = "failed"
                job.text = job.text or "The job's process ended without a result."

    async def _watch(self, job: Job) -> None:
        job.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "echospan.lab.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            # Ctrl-C in the terminal is the lab's to pass on.
            start_new_session=True,
            limit=2**22,
        )
        if job.asked_to_stop:
            _interrupt(job)
        process = job.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(job.work).encode() + b"\n")
        await process.stdin.drain()
        process.stdin.close()
        async for line in process.stdout:
            with suppress(ValueError, KeyError):
                job.heard(json.loads(line))
        await process.wait()


def _interrupt(job: Job) -> None:
    if job.process is not None and job.process.returncode is None:
        with suppress(ProcessLookupError):
            job.process.send_signal(signal.SIGINT)
