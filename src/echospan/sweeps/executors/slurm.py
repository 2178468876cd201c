"""Packs as jobs of Slurm, handed in as arrays by submitit.

What a pack made is in the store's folder, which the nodes see too. So a job's own result tells no
more than that it ended, and Slurm is asked only whether a job is still there: `squeue` answers at
every site, while `sacct` needs a database of accounts that many lack. Slurm's own requeueing is
off, since the driver hands in again what is missing.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from echospan.errors import EchospanError
from echospan.extras import needs
from echospan.sweeps.executors import slurm_queue
from echospan.sweeps.executors.base import Ended, Executor, Pack, Place
from echospan.sweeps.executors.slurm_options import SlurmOptions
from echospan.sweeps.executors.slurm_queue import Queue
from echospan.sweeps.work import run_pack

FILE_SECONDS = 0.25
"""Between two looks for files of results."""

LEAST_UNITS, MOST_UNITS = 5, 20
"""Of a pack."""

GONE_SECONDS = 3.0
"""A shared file system may show a job's file that much later than squeue forgets the job."""


@dataclass
class _Flight:
    """A pack that was handed in.

    Attributes:
        job_id: As squeue shows it.
        result: The file that submitit writes when the job ends by itself.
        log: Where what the job prints goes.
        missing_since: When squeue first did not show it, by the monotonic clock.
    """

    pack_id: str
    job_id: str
    result: Path
    log: Path
    missing_since: float | None = None


class Slurm(Executor):
    """Jobs of the Slurm that this machine may submit to.

    Its options are those of `SlurmOptions`. Left out, `workers` is the number of cores of the
    partition through those of a job, and at most 256.
    """

    name: ClassVar[str] = "slurm"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._options = SlurmOptions.read(place.options)
        needs("The executor slurm", "submitit")
        cores = slurm_queue.cores(self._options.partition)
        self._slots = place.workers or max(1, min(256, cores // self._options.cpus_per_task))
        self._queue = Queue()
        self._flights: dict[str, _Flight] = {}
        self._stop_file: Path | None = None
        self._looked = -FILE_SECONDS
        self._submitter = self._make_submitter()

    def _make_submitter(self) -> Any:
        import submitit

        # Of the driver's own: two drivers, one after the other, have other job numbers.
        folder = self.place.folder / "slurm"
        folder.mkdir(parents=True, exist_ok=True)
        made = submitit.SlurmExecutor(folder=folder)
        own: dict[str, Any] = self._options.sbatch()
        own |= {"job_name": f"echospan-{self.place.folder.name}", "setup": _setup(self._options)}
        try:
            made.update_parameters(**own)
        except ValueError as error:
            raise EchospanError(f"submitit refuses the options of Slurm: {error}") from error
        return made

    @property
    def slots(self) -> int:
        """Jobs that are expected to run at once."""
        return self._slots

    def pack_size(self, left: int) -> int:
        """See `Executor.pack_size`; a job that starts costs seconds, so small packs don't pay."""
        return min(left, max(LEAST_UNITS, min(MOST_UNITS, -(-left // self._slots))))

    def submit(self, pack: Pack) -> None:
        """See `Executor.submit`."""
        self.submit_many([pack])

    def submit_many(self, packs: Sequence[Pack]) -> None:
        """Hand in packs as one array.

        Raises:
            EchospanError: Slurm refuses: what sbatch said.
        """
        if not packs:
            return
        self._stop_file = Path(packs[0].stop_file)
        try:
            with _outside_of_a_job(), self._submitter.batch():
                jobs = [self._submitter.submit(run_pack, pack.to_dict()) for pack in packs]
        except Exception as error:
            raise EchospanError(f"Slurm refuses the jobs: {_last_line(str(error))}") from error
        for pack, job in zip(packs, jobs, strict=True):
            paths = job.paths
            flight = _Flight(pack.id, job.job_id, paths.result_pickle, paths.stderr)
            self._flights[pack.id] = flight
        self._queue.look_soon()

    def ended(self, timeout: float) -> Iterator[Ended]:
        """See `Executor.ended`."""
        deadline = time.monotonic() + timeout
        while True:
            found = list(self._look())
            if found or time.monotonic() >= deadline:
                break
            time.sleep(min(FILE_SECONDS, max(0.0, deadline - time.monotonic())))
        yield from found

    def kill(self, pack_id: str) -> None:
        """See `Executor.kill`."""
        if (flight := self._flights.get(pack_id)) is not None:
            self._cancel([flight.job_id])
            self._queue.look_soon()

    def close(self) -> None:
        """See `Executor.close`."""
        self._cancel([flight.job_id for flight in self._flights.values()])
        self._flights.clear()

    def _cancel(self, job_ids: list[str]) -> None:
        if not job_ids:
            return
        # A plain scancel gives jobs that hang half a minute, and so does its SIGKILL; sent to a job
        # that waits, that one even takes back all of its array that wait (22.05). The step in which
        # a job works is killed at once, and a job that has none yet is not touched by that.
        _scancel("--signal=KILL", *(f"{job_id}.0" for job_id in job_ids))
        _scancel(*job_ids)

    def _look(self) -> Iterator[Ended]:
        """Packs whose file of results is there, or whose job is not."""
        now = time.monotonic()
        if not self._flights or now - self._looked < FILE_SECONDS:
            return
        self._looked = now
        if self._stop_file is not None and self._stop_file.exists():
            # A queue may be hours long: who stops doesn't wait for what has not begun.
            self._stop_file = None
            ids = [flight.job_id for flight in self._flights.values()]
            _scancel("--state=PENDING", *ids)
            self._queue.look_soon()
        there = self._queue.jobs()
        for flight in list(self._flights.values()):
            if flight.result.exists():
                yield self._end(flight, _error_in(flight.result))
            elif there is None:
                continue
            elif flight.job_id in there:
                flight.missing_since = None
            elif flight.missing_since is None:
                flight.missing_since = now
                self._queue.look_soon()
            elif now - flight.missing_since > GONE_SECONDS:
                state = slurm_queue.state(flight.job_id)
                yield self._end(flight, f"Slurm: {state}. {_log_line(flight.log)}".strip())

    def _end(self, flight: _Flight, error: str) -> Ended:
        del self._flights[flight.pack_id]
        return Ended(flight.pack_id, error)


@contextmanager
def _outside_of_a_job() -> Iterator[None]:
    """Hide what Slurm told this driver, if it is a job itself: sbatch would take it as options."""
    ours = [name for name in os.environ if name.startswith(("SLURM_", "SRUN_", "SBATCH_"))]
    hidden = {name: os.environ.pop(name) for name in ours if name != "SLURM_CONF"}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _scancel(*arguments: str) -> None:
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(["scancel", *arguments], capture_output=True, timeout=10, check=False)


def _setup(options: SlurmOptions) -> list[str]:
    """Lines of the job's script before its work: as many threads as cores, the same modules."""
    threads = options.cpus_per_task
    lines = [f"export {name}={threads}" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")]
    lines.append(f"export NPROC={threads}")
    ours = [each or os.getcwd() for each in sys.path]
    outside = [each for each in ours if not each.startswith((sys.prefix, sys.base_prefix))]
    if outside:
        joined = os.pathsep.join(dict.fromkeys(outside)).replace("'", "'\\''")
        lines.append(f"export PYTHONPATH='{joined}'")
    return [*lines, *options.setup]


def _error_in(result: Path) -> str:
    """What the job's file of results says went wrong; empty where nothing did."""
    try:
        with result.open("rb") as file:
            # Written by our own job, in the sweep's own folder.
            outcome, content = pickle.load(file)
    except Exception as error:
        return f"Slurm: the job's result can't be read: {error}."
    return "" if outcome == "success" else _last_line(str(content))


def _log_line(log: Path) -> str:
    with suppress(OSError):
        size = log.stat().st_size
        with log.open("rb") as file:
            file.seek(max(0, size - 4096))
            return _last_line(file.read().decode("utf-8", "replace"))
    return ""


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
