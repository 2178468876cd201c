"""Walks: what a new user types in the first hour, one step after the other, and what comes out.

A walk is a TOML file. Its steps run in one fresh folder with a fresh store, so that a later step
finds what an earlier one left::

    title = "To learn"

    [files]                      # laid into the folder before the first step
    "notes.txt" = "text"

    [[step]]
    run = "echospan run stream"  # as typed, in bash
    out = ["solved"]             # texts that standard output holds, in this order
    err = []                     # texts that standard error holds
    not = ["above chance"]       # texts that neither holds
    exit = 0
    writes = ["report.html"]     # files that are there and not empty afterwards
    ctrl_c = "runs/runs/span-*"  # Ctrl-C is pressed as soon as there is a new such file

Where lines are folded plays no part: texts are looked for with single spaces in place of all white
space.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WALKS = sorted(HERE.glob("*.toml"))
LONGEST = 300
"""Seconds after which a step hangs."""


@dataclass(frozen=True)
class Step:
    """A command as typed, and what must come of it."""

    run: str
    out: tuple[str, ...] = ()
    err: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    exit: int = 0
    writes: tuple[str, ...] = ()
    ctrl_c: str = ""

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Step:
        """A step from its table.

        Raises:
            TypeError: A key that is none.
        """
        named = {("absent" if key == "not" else key): value for key, value in content.items()}
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in named.items()})


@dataclass(frozen=True)
class Walk:
    """Steps one after the other in one folder."""

    title: str
    steps: tuple[Step, ...]
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a step."""

    code: int
    out: str
    err: str


def read(path: Path) -> Walk:
    """A walk from its file."""
    content = tomllib.loads(path.read_text("utf-8"))
    return Walk(content["title"], tuple(map(Step.read, content["step"])), content.get("files", {}))


def environment(folder: Path) -> dict[str, str]:
    """What a user's shell has: `echospan` on its path, and no choice of a backend."""
    own = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    path = os.pathsep.join([str(Path(sys.executable).parent), own.get("PATH", "")])
    return {**own, "PATH": path, "ECHOSPAN_STORE": str(folder / "runs"), "COLUMNS": "100"}


def take(step: Step, folder: Path) -> Outcome:
    """Type one command, and press Ctrl-C where the step says so."""
    before = set(folder.glob(step.ctrl_c)) if step.ctrl_c else set()
    process = subprocess.Popen(
        ["bash", "-c", step.run],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        if step.ctrl_c:
            _press(process, folder, step.ctrl_c, before)
        out, err = process.communicate(timeout=LONGEST)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return Outcome(process.returncode, out, err)


def _press(process: subprocess.Popen[str], folder: Path, pattern: str, before: set[Path]) -> None:
    until = time.monotonic() + LONGEST
    while process.poll() is None and time.monotonic() < until:
        if set(folder.glob(pattern)) - before:
            break
        time.sleep(0.05)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)


def faults(step: Step, outcome: Outcome, folder: Path) -> list[str]:
    """What did not come out as the step says."""
    found = []
    if outcome.code != step.exit:
        found.append(f"exit code {outcome.code} in place of {step.exit}")
    for name, wanted, text in (("out", step.out, outcome.out), ("err", step.err, outcome.err)):
        told, place = _flat(text), 0
        for part in map(_flat, wanted):
            at = told.find(part, place)
            if at < 0:
                found.append(f"{name} lacks {part!r}, or has it further up")
            else:
                place = at + len(part)
    everything = _flat(f"{outcome.out} {outcome.err}")
    found += [f"there is {part!r}" for part in step.absent if _flat(part) in everything]
    for name in step.writes:
        if not (folder / name).is_file() or not (folder / name).stat().st_size:
            found.append(f"{name} was not written")
    return found


def _flat(text: str) -> str:
    """Single spaces in place of white space and of the frames of cards."""
    return " ".join(text.replace("│", " ").split())
