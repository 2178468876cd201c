"""A verb whose units take as long, and end as badly, as a test wants. Workers import it by name."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from echospan.errors import ConfigError
from echospan.store.claims import Wanted
from echospan.store.detached import DetachedRun
from echospan.sweeps.grid import Settings, flat
from echospan.sweeps.verbs import Cost, Unit, Verb

NAME = "sweeps.nap:Nap"
FIELDS = ("number", "seed", "seconds", "action", "log", "group")


class Nap(Verb):
    """Sleeps in steps of a fiftieth of a second, squares its number, and writes down what it did.

    Settings: `number`; `seconds` to sleep; `log`, a file in which each step and each end gets a
    line; `action`: "ok", "fail", "crash", "hang", "hog"; `group`, units of which go together.
    """

    kind = "run"
    columns = {"square": "Int64"}  # noqa: RUF012
    score = "square"
    packs = True

    def __init__(self, content: Mapping[str, Any], source: Path, *, trust: bool = False) -> None:
        self._base = {"action": "ok", "seconds": 0.0, "seed": 0, "group": 0, **flat(content)}

    @property
    def name(self) -> str:
        return "nap"

    @property
    def base(self) -> Settings:
        return self._base

    @property
    def beneath(self) -> Settings:
        return {}

    def unit(self, settings: Settings) -> Unit:
        for name in settings:
            if name not in FIELDS:
                raise ConfigError(name, f"left out: a nap has {', '.join(FIELDS)}", settings[name])
        if settings["number"] < 0:
            raise ConfigError("number", "at least 0", settings["number"])
        told = json.dumps(dict(settings), sort_keys=True)
        name = hashlib.sha256(told.encode()).hexdigest()[:16]
        return Unit(settings, name, str(settings["group"]), settings["seconds"])

    def wanted(self, unit: Unit) -> Wanted:
        return Wanted(unit.fingerprint, "nap", dict(unit.settings), seed=unit.settings["seed"])

    def key_of(self, config: Mapping[str, Any], *, trust: bool) -> str:
        return str(config["group"])

    def cost(self, result: Mapping[str, Any], seconds: float | None) -> Cost | None:
        return None if seconds is None else Cost(1.0, 0.0)

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        return {"square": result["square"]}

    @staticmethod
    def work(runs: Sequence[DetachedRun], stop: Callable[[], bool], *, trust: bool) -> None:
        for run in runs:
            if stop():
                run.interrupt()
                continue
            run.begin()
            try:
                done = nap(run, stop)
            except (MemoryError, ValueError) as error:
                run.fail(error)
                continue
            if not done:
                run.interrupt()
                continue
            number = run.config["number"]
            run.finish({"square": number * number})
            note(run, "end")


def nap(run: DetachedRun, stop: Callable[[], bool]) -> bool:
    """Whether it slept to its end."""
    config = run.config
    act(config["action"])
    checkpoint = run.load_checkpoint()
    first = 0 if checkpoint is None else checkpoint[1]["step"]
    for step in range(first, round(config["seconds"] * 50)):
        if stop():
            run.save_checkpoint({"none": np.zeros(1)}, {"step": step})
            return False
        time.sleep(0.02)
        note(run, f"step {step}")
    return True


def act(action: str) -> None:
    if action == "fail":
        raise ValueError("this unit fails")
    if action == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "hang":
        while True:
            time.sleep(1)
    if action == "hog":
        import resource

        before = resource.getrlimit(resource.RLIMIT_AS)
        import psutil

        room = psutil.Process().memory_info().vms + (128 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (room, before[1]))
        try:
            kept = [np.ones(1 << 22) for _ in range(64)]
            assert kept
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)


def note(run: DetachedRun, what: str) -> None:
    """One line in the log, written at once."""
    if log := run.config.get("log"):
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{run.config['number']} {what}\n".encode())
        os.close(handle)
