"""Run contenders one after another, several times over, and compare their times.

A contender is a command that trains the same job in its own process and prints one JSON object on
standard output. The repeats are interleaved (A B C, A B C, ...), so that a slow spell of the
machine falls on all of them, and ratios are taken within a repeat.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class NotMeasuredError(Exception):
    """A contender gave no number; the message says why and what to do."""


@dataclass(frozen=True)
class Contender:
    """One side of a comparison.

    ``command`` starts the process and ``variables`` are added to its environment. ``read`` takes
    milliseconds an epoch, epochs and accuracy out of the printed object. ``missing`` is a file
    without which it cannot run, ``remedy`` the command that makes it.
    """

    name: str
    command: list[str]
    read: Callable[[dict[str, Any]], dict[str, Any]]
    variables: dict[str, str] = field(default_factory=dict)
    missing: Path | None = None
    remedy: str = ""


@dataclass
class Measured:
    """What a contender's repeats gave; ``failure`` is empty where every one gave a number."""

    name: str
    runs: list[dict[str, Any]] = field(default_factory=list)
    failure: str = ""

    @property
    def times(self) -> list[float]:
        """Milliseconds an epoch, one per repeat."""
        return [run["ms_per_epoch"] for run in self.runs]


def run_once(contender: Contender, limit: float = 900) -> dict[str, Any]:
    """One process of ``contender``: its numbers, and the seconds of the whole process.

    Raises:
        NotMeasuredError: the environment is missing, or the process failed, timed out or printed
            something else.
    """
    if contender.missing is not None and not contender.missing.exists():
        raise NotMeasuredError(f"no environment; make it with: {contender.remedy}")
    start = time.perf_counter()
    try:
        done = subprocess.run(
            contender.command,
            cwd=ROOT,
            env={**os.environ, **contender.variables},
            capture_output=True,
            text=True,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        raise NotMeasuredError(f"not done after {limit:.0f} s") from None
    process = time.perf_counter() - start
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        # The results file takes this line: no folders of this machine in it.
        last = lines[-1].replace(f"{ROOT}{os.sep}", "")
        raise NotMeasuredError(f"ended with code {done.returncode}: {last}")
    try:
        # The object may run over several lines, and a library may print something before it.
        printed = json.loads(done.stdout[done.stdout.index("{") :])
        return {**contender.read(printed), "process_seconds": process, "printed": printed}
    except (ValueError, KeyError, TypeError) as problem:
        raise NotMeasuredError(f"its output was not as expected: {problem!r}") from problem


def side_by_side(
    contenders: list[Contender], repeats: int, report: Callable[[str], None]
) -> list[Measured]:
    """``repeats`` interleaved runs of every contender; one that fails is not tried again."""
    results = {contender.name: Measured(contender.name) for contender in contenders}
    for repeat in range(repeats):
        for contender in contenders:
            measured = results[contender.name]
            if measured.failure:
                continue
            try:
                run = run_once(contender)
            except NotMeasuredError as problem:
                measured.failure = str(problem)
                measured.runs.clear()
                report(f"{contender.name}: not measured: {problem}")
                continue
            measured.runs.append(run)
            report(f"{repeat + 1}/{repeats} {contender.name}: {run['ms_per_epoch']:.3f} ms/epoch")
    return list(results.values())


def spread(values: list[float]) -> dict[str, float]:
    """Median, minimum and maximum."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def ratios(measured: Measured, against: Measured) -> list[float]:
    """How many times longer ``measured`` took than ``against``, repeat by repeat."""
    return [a / b for a, b in zip(measured.times, against.times, strict=True)]


def pin(cores: int | None) -> list[int]:
    """Keep this process and its children to ``cores`` cores; None leaves them as they are.

    Returns the numbers of the cores that may be used; they are the last ones allowed before, since
    the first tends to serve interrupts.

    Raises:
        NotMeasuredError: this system cannot pin processes.
    """
    if not hasattr(os, "sched_setaffinity"):
        if cores is None:
            return list(range(os.cpu_count() or 1))
        raise NotMeasuredError("this system cannot pin a process; use --cores all")
    allowed = sorted(os.sched_getaffinity(0))
    if cores is not None:
        allowed = allowed[-cores:]
        os.sched_setaffinity(0, allowed)
    return allowed


def machine(cores: list[int]) -> dict[str, Any]:
    """The machine in words, without its name on any network."""
    model, memory = platform.processor(), None
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        names = [
            line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line
        ]
        model = names[0] if names else model
        first = Path("/proc/meminfo").read_text(encoding="utf-8").split(maxsplit=2)
        memory = round(int(first[1]) / 2**20, 1)
    except (OSError, ValueError, IndexError):
        pass  # not Linux: what platform knows must do
    return {
        "cpu": model or platform.machine(),
        "cores": os.cpu_count(),
        "cores_used": len(cores),
        "memory_gib": memory,
        "system": " ".join([platform.system(), platform.release().split("-")[0]]),
        "libc": " ".join(platform.libc_ver()),
        "python": platform.python_version(),
        "load_average": [round(each, 2) for each in os.getloadavg()]
        if hasattr(os, "getloadavg")
        else None,
    }
