"""What Slurm's own commands say: the jobs that are there, how one ended, how many cores it has."""

from __future__ import annotations

import getpass
import re
import shutil
import subprocess
import time

from echospan.errors import ConfigError, EchospanError

LEAST_SECONDS, MOST_SECONDS = 1.0, 15.0
"""Between two questions to Slurm's controller; they get rarer while nothing changes."""

SILENT_SECONDS = 300.0
"""A controller may be restarted; one that is silent for longer is taken as gone."""

ANSWER_SECONDS = 20.0


class Queue:
    """The user's jobs, asked for no more often than a busy controller likes."""

    def __init__(self) -> None:
        self._user = getpass.getuser()
        self._jobs: frozenset[str] | None = None
        self._asked = self._answered = time.monotonic()
        self._pause = 0.0

    def look_soon(self) -> None:
        """Something has just been changed: do not wait long before the next question."""
        self._pause = LEAST_SECONDS

    def jobs(self) -> frozenset[str] | None:
        """Ids of the jobs that wait or run, each part of an array by itself; None if not known.

        Raises:
            EchospanError: Slurm has not answered for minutes.
        """
        now = time.monotonic()
        if now - self._asked < self._pause:
            # An old answer must not make a job that was handed in since look as if it had ended.
            return None
        self._asked = now
        told = _call("squeue", "--noheader", "--array", "--user", self._user, "--format", "%i")
        if told is None:
            if now - self._answered > SILENT_SECONDS:
                raise EchospanError(
                    f"Slurm's squeue has not answered for {SILENT_SECONDS / 60:.0f} minutes. "
                    "The jobs may go on; start the sweep again when Slurm is back."
                )
            return None
        self._answered = now
        found = frozenset(told.split())
        changed = found != self._jobs
        self._jobs = found
        self._pause = LEAST_SECONDS if changed else min(MOST_SECONDS, 1.5 * self._pause)
        return found


def cores(partition: str | None) -> int:
    """Cores of the partition that are not out of order.

    Raises:
        EchospanError: There is no Slurm here, or its controller doesn't answer.
        ConfigError: It has no such partition.
    """
    if shutil.which("sbatch") is None:
        raise EchospanError(
            "There is no Slurm here: sbatch is not on the path. Start the sweep on a machine that "
            "submits jobs (a login node), or use --executor pool."
        )
    told = _call("sinfo", "--noheader", "--format", "%R %C")
    if told is None:
        raise EchospanError(
            "Slurm does not answer: sinfo failed. Start slurmctld, or set SLURM_CONF to the "
            "configuration of the Slurm that is meant; `sinfo` shows when it is up."
        )
    # Allocated, idle, other, all.
    rows = [line.split() for line in told.splitlines()]
    counts = {name: [int(each) for each in cpus.split("/")] for name, cpus in rows}
    if partition is not None:
        wanted = partition.split(",")
        if missing := [name for name in wanted if name not in counts]:
            allowed = f"one of Slurm's partitions: {', '.join(sorted(counts))}"
            raise ConfigError("executor.slurm.partition", allowed, missing[0])
        counts = {name: counts[name] for name in wanted}
    return max((allocated + idle for allocated, idle, *_ in counts.values()), default=1)


def state(job_id: str) -> str:
    """How a job ended that squeue no longer shows: NODE_FAIL, TIMEOUT, OUT_OF_MEMORY and so on."""
    told = _call("scontrol", "--oneliner", "show", "job", job_id) or ""
    found = re.search(r"\bJobState=(\w+)", told)
    return found[1] if found else "the job is gone"


def _call(*command: str) -> str | None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
