"""The machine in words, and the cores that a benchmark may use."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from echospan.store.environment import processor


def allowed_cores() -> list[int]:
    """The numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def chosen_cores(count: int) -> set[int]:
    """That many cores: the last ones allowed, since the first tends to serve interrupts."""
    return set(allowed_cores()[-count:])


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """Keep this process, and those that it starts, to these cores inside the block."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def describe() -> dict[str, Any]:
    """Processor, memory, system and load, without the machine's name on any network."""
    memory = None
    try:
        first = Path("/proc/meminfo").read_text(encoding="utf-8").split(maxsplit=2)
        memory = round(int(first[1]) / 2**20, 1)
    except (OSError, ValueError, IndexError):
        pass  # not Linux: what platform knows must do
    return {
        "cpu": processor() or platform.machine(),
        "cores": len(allowed_cores()),
        "pinned": hasattr(os, "sched_setaffinity"),
        "memory_gib": memory,
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "libc": " ".join(platform.libc_ver()).strip() or None,
        "python": platform.python_version(),
        "load_average": [round(each, 2) for each in os.getloadavg()]
        if sys.platform != "win32"
        else None,
    }


def sentence(machine: dict[str, Any]) -> str:
    """The same as one sentence."""
    parts = [
        machine["cpu"],
        f"{machine['cores']} core{'s' if machine['cores'] != 1 else ''}",
        f"{machine['memory_gib']} GiB" if machine["memory_gib"] else None,
        machine["system"],
        machine["libc"],
        f"Python {machine['python']}",
    ]
    load = machine["load_average"]
    loaded = f" Load average at the start: {', '.join(map(str, load))}." if load else ""
    unpinned = "" if machine["pinned"] else " Processes could not be pinned to cores here."
    return f"{', '.join(part for part in parts if part)}.{loaded}{unpinned}"
