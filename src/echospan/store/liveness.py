"""Whether the process that owns a run still lives.

A run killed with ``kill -9`` cannot say so itself. Its row keeps the process id and start time, and
the machine, where these two name one process even after the id was used again. A process on another
machine, or in another container, cannot be asked: it renews a lease (see ``lease``).
"""

from __future__ import annotations

import os
import secrets
import socket
import uuid
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
        started: Boot id and start time in clock ticks since that boot; where /proc is missing, the
            time of creation.
        machine: Where the process id counts: boot id and pid namespace, or the network card's
            address. "" in runs of echospan up to 0.1.
    """

    host: str
    pid: int
    started: str
    machine: str = ""


def this_process() -> Owner:
    """The process that calls."""
    return _identity(os.getpid())


def is_here(owner: Owner) -> bool:
    """Whether the process's id counts on this machine, so that the system can be asked for it.

    Two containers may have one host name, and two machines, too. Older runs have no more.
    """
    here = this_process()
    return owner.host == here.host and owner.machine in ("", here.machine)


def lives(owner: Owner) -> bool:
    """Whether a process of this machine lives."""
    if owner.pid <= 0:
        return False
    if owner.started:
        started = _start_time(owner.pid)
        if started is not None:
            return started == owner.started
    # Another user's process, of which the system tells no more than that it is there.
    return _exists(owner.pid)


def boot_of(machine: str) -> str:
    """The boot id in a machine's name; "" where it has none."""
    boot, slash, _ = machine.partition("/")
    return boot if slash else ""


@cache
def _identity(pid: int) -> Owner:
    # Asked once: a laptop's name changes with the network, and the process stays the same.
    return Owner(socket.gethostname(), pid, _start_time(pid) or "", _machine())


def _machine() -> str:
    if boot := _boot_id():
        try:
            return f"{boot}/{os.readlink(_PROC / 'self/ns/pid')}"
        except OSError:
            # Without it, a container cannot be told from the next one: like no other machine.
            return f"{boot}/{secrets.token_hex(8)}"
    return f"{uuid.getnode():012x}"


def _start_time(pid: int) -> str | None:
    """Boot id and start time; "dead" for a zombie; None where the system does not tell."""
    try:
        stat = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None if (_PROC / "self").exists() else _creation_time(pid)
    # The second field is the command in parentheses and may itself hold spaces and parentheses:
    # count from the last one. After it come the state (field 3) and so on to starttime (field 22).
    fields = stat.rpartition(b")")[2].split()
    if len(fields) < 20:
        return None
    if fields[0] in {b"Z", b"X"}:
        return "dead"
    return f"{_boot_id()}:{int(fields[19])}"


def _creation_time(pid: int) -> str | None:
    # Only without /proc: on Linux psutil's time of creation moves when the clock is set.
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return "dead"
        return f":{process.create_time():.2f}"
    except (psutil.NoSuchProcess, OverflowError, ValueError):
        return "dead"
    except psutil.Error:
        return None


@cache
def _boot_id() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _exists(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.pid_exists(pid))
    except OverflowError:
        return False
