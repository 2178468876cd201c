"""What is run in an environment, each by a command and with its outcome in words."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tools.environments.table import ROOT

LONGEST = 3_600
"""Seconds after which a job is ended."""

OTHERS = 0.1
"""Share of one processor that others may use while a job is timed."""

CORE = ("adapters", "engine", "layers", "models")
"""Folders of tests whose outcome the versions of Python, JAX, Keras and NumPy can change."""

SMOKE = Path(__file__).with_name("smoke.py")
KERNELS = SMOKE.parent.with_name("train_on_kernels.py")
SUMMARY = re.compile(r"=+ (.*\b(?:passed|failed|errors?)\b.*?) in [\d.]+s.*=+\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Job:
    """One command.

    Attributes:
        about: What it does, for the page.
        arguments: Of the environment's Python.
        variables: Set for it.
    """

    about: str
    arguments: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Ended:
    """How a job ended: whether well, what it said last, what it took, and whether it was alone.

    Attributes:
        passed: Whether it ended well.
        said: What it said last.
        seconds: On the clock.
        cpu_seconds: Of the processor.
        alone: Whether the machine had little else to do. Where not, its times are no measurements.
    """

    passed: bool
    said: str
    seconds: float
    cpu_seconds: float
    alone: bool


class Clock:
    """Seconds since it was made: on the clock, of the processor by children that ended, by all."""

    def __init__(self) -> None:
        self._began = time.monotonic(), _children(), _everyone()

    def ended(self, passed: bool, said: str) -> Ended:
        """What ended now."""
        seconds, own, everyone = (
            now - before
            for now, before in zip(
                (time.monotonic(), _children(), _everyone()), self._began, strict=True
            )
        )
        alone = everyone - own <= OTHERS * seconds
        return Ended(passed, said, seconds, own, alone)


def _suite(about: str, folders: tuple[str, ...]) -> Job:
    paths = [f"tests/{folder}" for folder in folders]
    arguments = ("-m", "pytest", "-m", "not slow", "-n", "auto", "--dist", "worksteal", *paths)
    return Job(about, arguments, (("JAX_DISABLE_MOST_OPTIMIZATIONS", "1"),))


def _smoke(about: str, name: str) -> Job:
    return Job(about, (str(SMOKE), name))


JOBS = {
    "quick": _suite("The quick suite", ()),
    "core": _suite("The quick tests of " + ", ".join(CORE), CORE),
    "list": _smoke("`echospan list` and `--help`", "list"),
    "kernels": Job("A training on the compiled kernels of the wheel", (str(KERNELS),)),
    "run": _smoke("`echospan run window`; accuracy and loss as elsewhere", "run"),
    "check-keras": _smoke("`echospan check` of a Keras model and its mended form", "check-keras"),
    "check-torch": _smoke("`echospan check` of a torch module and its mended form", "check-torch"),
    "span-keras": _smoke("`echospan span lstm`", "span-keras"),
    "span-torch": _smoke("`echospan span` of a torch module", "span-torch"),
}


def run(job: Job, python: Path, log: Path, workers: int = 2) -> Ended:
    """Run a job by an environment's Python.

    Args:
        job: What to run.
        python: The environment's.
        log: Where what it prints goes.
        workers: Processes of a suite of tests.
    """
    # A backend or a path that this shell has set is not the environment's.
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "KERAS_BACKEND")}
    log.parent.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    with log.open("w", encoding="utf-8") as out:
        try:
            code = subprocess.run(
                [str(python), *job.arguments],
                cwd=ROOT,
                env={**kept, **dict(job.variables), "PYTEST_XDIST_AUTO_NUM_WORKERS": str(workers)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                timeout=LONGEST,
            ).returncode
        except subprocess.TimeoutExpired:
            code = -1
    return clock.ended(code == 0, _said(log, code))


def _children() -> float:
    """Seconds of the processor that ended children have used."""
    times = os.times()
    return times.children_user + times.children_system


def _everyone() -> float:
    """Seconds of the processors that all processes of the machine have used."""
    times = psutil.cpu_times()
    return float(times.user + times.system + getattr(times, "nice", 0.0))


def _said(log: Path, code: int) -> str:
    """The last line of a smoke test, or pytest's summary."""
    text = log.read_text("utf-8", errors="replace").strip()
    if found := SUMMARY.findall(text):
        return str(found[-1])
    last = text.splitlines()[-1] if text else ""
    if code == -1:
        return f"ended after {LONGEST:,} s; last line: {last}"
    return last if code == 0 else f"exit code {code}: {last}"
