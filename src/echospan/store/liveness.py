"""Whether the process that owns a run still lives.

A run killed with ``kill -9`` cannot say so itself. Its row keeps the host, the process id and the
process's start time; the three together name one process, even after the id was used again.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Owner:
    """One process.

    Attributes:
        host: Name of the machine.
        pid: Process id on that machine.
        started: Boot id and start time in clock ticks since that boot; "" where /proc is missing.
    """

    host: str
    pid: int
    started: str


def this_process() -> Owner:
    """The process that calls."""
    pid = os.getpid()
    return Owner(socket.gethostname(), pid, _start_time(pid) or "")


def is_alive(owner: Owner) -> bool:
    """Whether the process lives. One on another machine cannot be asked and counts as alive."""
    if owner.host != socket.gethostname():
        return True
    if owner.pid <= 0:
        return False
    if owner.started:
        started = _start_time(owner.pid)
        if started is not None:
            return started == owner.started
    # No /proc, or (mounted with hidepid) none that shows other users' processes.
    return _exists(owner.pid)


def _start_time(pid: int) -> str | None:
    """Boot id and start time; "dead" for a zombie; None where /proc does not tell."""
    try:
        stat = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    # The second field is the command in parentheses and may itself hold spaces and parentheses:
    # count from the last one. After it come the state (field 3) and so on to starttime (field 22).
    fields = stat.rpartition(b")")[2].split()
    if len(fields) < 20:
        return None
    if fields[0] in {b"Z", b"X"}:
        return "dead"
    return f"{_boot_id()}:{int(fields[19])}"


@cache
def _boot_id() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _exists(pid: int) -> bool:
    if os.name == "nt":
        # os.kill(pid, 0) would end the process there.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OverflowError:
        return False
    except PermissionError:
        return True
    return True
