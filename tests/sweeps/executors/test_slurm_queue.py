"""What is made of the answers of Slurm's commands, by commands that answer as a test wants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from echospan.errors import ConfigError, EchospanError
from echospan.sweeps.executors import slurm_queue
from echospan.sweeps.executors.slurm_queue import Queue, cores, state

Answer = Callable[[str, str], None]


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Puts a command on the path that is this shell script; no other is there."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(name: str, script: str) -> None:
        command = tmp_path / name
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)

    return put


def test_no_slurm_here(answer: Answer) -> None:
    with pytest.raises(EchospanError, match="There is no Slurm here: sbatch is not on the path"):
        cores(None)


def test_a_slurm_that_does_not_answer(answer: Answer) -> None:
    answer("sbatch", "exit 1")
    answer("sinfo", "echo 'Unable to contact slurm controller' >&2; exit 1")
    with pytest.raises(EchospanError, match="Slurm does not answer: sinfo failed"):
        cores(None)


def test_cores_are_those_in_order_of_the_partition(answer: Answer) -> None:
    answer("sbatch", "exit 0")
    answer("sinfo", "echo 'short 10/30/8/48'; echo 'long 0/4/0/4'")
    assert cores("short") == 40
    assert cores("long") == 4
    assert cores("long,short") == 40
    with pytest.raises(ConfigError, match="one of Slurm's partitions: long, short; got 'gpu'"):
        cores("gpu")


def test_jobs_are_asked_for_rarely(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    answer("squeue", "echo 12_0; echo 12_1")
    clock = [100.0]
    monkeypatch.setattr(slurm_queue.time, "monotonic", lambda: clock[0])
    queue = Queue()
    assert queue.jobs() == {"12_0", "12_1"}
    assert queue.jobs() is None
    clock[0] += slurm_queue.LEAST_SECONDS
    assert queue.jobs() == {"12_0", "12_1"}


def test_a_controller_may_be_silent_for_a_while(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer("squeue", "exit 1")
    clock = [100.0]
    monkeypatch.setattr(slurm_queue.time, "monotonic", lambda: clock[0])
    queue = Queue()
    clock[0] += slurm_queue.SILENT_SECONDS - 1
    assert queue.jobs() is None
    clock[0] += 60
    with pytest.raises(EchospanError, match="has not answered for 5 minutes"):
        queue.jobs()


def test_how_a_job_ended(answer: Answer) -> None:
    answer("scontrol", "echo 'JobId=12 ArrayTaskId=0 JobState=NODE_FAIL Reason=None'")
    assert state("12_0") == "NODE_FAIL"
    answer("scontrol", "exit 1")
    assert state("12_0") == "the job is gone"
