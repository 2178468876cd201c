"""A library of the three calls that a mirror makes, which writes down what it is told."""

from __future__ import annotations

import threading
import time
from typing import Any

calls: list[tuple[Any, ...]] = []
fail_in = ""
hang_in = ""
released = threading.Event()


def reset(*, fail: str = "", hang: str = "") -> None:
    """Forget all, and do as told from now on."""
    global fail_in, hang_in
    calls.clear()
    released.clear()
    fail_in, hang_in = fail, hang


def _called(name: str, *told: Any) -> None:
    calls.append((name, *told))
    if name == fail_in:
        raise RuntimeError(f"no {name}\nat all")
    if name == hang_in:
        released.wait(60)
        time.sleep(0)


class Run:
    """What `init` returns."""

    def __init__(self, name: str):
        self.name = name

    def log(self, metrics: dict[str, float], step: int) -> None:
        _called("log", self.name, step, dict(metrics))

    def finish(self) -> None:
        _called("finish", self.name)


def init(project: str, name: str, config: dict[str, Any]) -> Run:
    _called("init", project, name, config)
    return Run(name)
