"""Who owns a running run: a token that is taken with the run, and a lease that is renewed.

A process that pauses (SIGSTOP, a laptop that sleeps) may lose its run to another one and wake up
later. It finds another token at its run then, under the index's lock, before it writes anything.
"""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from echospan.store.heartbeat import RENEW_SECONDS, uptime
from echospan.store.index import Index
from echospan.store.liveness import boot_of, is_here, lives, this_process
from echospan.store.record import RunRecord

LEASE_SECONDS = 60.0
"""A process of which nothing can be asked and nothing was heard for so long counts as dead."""

WATCH_SECONDS = 2.5 * RENEW_SECONDS


def silence(record: RunRecord) -> float | None:
    """Seconds since the last sign of life; None where no clock tells.

    Containers on one machine share the clock that counts from its start. Elsewhere the time of day
    must do; a sign from the future says that one of two clocks was wrong, and no more.
    """
    if record.renewed is None:
        return None
    up, here = uptime(), boot_of(this_process().machine)
    if here and here == boot_of(record.machine) and up is not None and record.uptime is not None:
        quiet = up - record.uptime
        if quiet >= 0:
            return quiet
    quiet = time.time() - record.renewed
    return quiet if quiet > -LEASE_SECONDS else None


def is_alive(record: RunRecord) -> bool:
    """Whether the process that runs it lives, as far as can be told at once."""
    if is_here(record.owner):
        return lives(record.owner)
    quiet = silence(record)
    return quiet is None or quiet < LEASE_SECONDS


def is_alive_when_watched(index: Index, record: RunRecord) -> bool:
    """The same; where the clocks tell nothing, it waits whether the lease is renewed."""
    if not is_alive(record):
        return False
    if is_here(record.owner) or record.renewed is None or silence(record) is not None:
        return True
    end = time.monotonic() + WATCH_SECONDS
    while time.monotonic() < end:
        time.sleep(min(0.5, WATCH_SECONDS / 5))
        again = index.read(record.run_id)
        if again is None or (again.token, again.renewed) != (record.token, record.renewed):
            return True
    return False


def described(record: RunRecord) -> str:
    """Who runs it, and what was last heard: a sentence."""
    who = f"The run {record.run_id} is running in process {record.pid} on {record.host}."
    if is_here(record.owner):
        return who
    quiet = silence(record)
    if quiet is None:
        return f"{who} Whether that process still lives cannot be told from here."
    return (
        f"{who} Its last sign of life is {max(quiet, 0):.0f} s old; after {LEASE_SECONDS:.0f} s "
        "without one it counts as dead."
    )


# What this process owns: by the index's path and the run's id, its process id and the token. A
# forked child finds its parent's here, which are not its own.
_held: dict[tuple[Path, str], tuple[int, str]] = {}


def hold(index: Index, run_id: str, token: str) -> None:
    """Note that the run is this process's, and renew its lease from now on."""
    _held[index.path, run_id] = (os.getpid(), token)
    index.heartbeat.keep(run_id, token)


def release(index: Index, run_id: str) -> None:
    """Note that the run has ended."""
    _held.pop((index.path, run_id), None)
    index.heartbeat.drop(run_id)


def held(index: Index, run_id: str) -> str | None:
    """The token under which this process took the run; None where it did not."""
    pid, token = _held.get((index.path, run_id), (0, ""))
    if pid != os.getpid():
        return None
    # The store may have been closed and opened again since.
    index.heartbeat.keep(run_id, token)
    return token


def new_token() -> str:
    """A token that no one else has."""
    return secrets.token_hex(8)
