"""How much memory is free to this process, and the refusal of a job that needs more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from echospan.errors import OutOfMemory
from echospan.limits.consent import HOW, lifted
from echospan.limits.sizes import SHARE_OF_MEMORY

_GROUPS = Path("/sys/fs/cgroup")
_MOST = 1 << 62


def require_memory(needed: int, what: str) -> None:
    """Refuse a job that needs more memory than is free, unless the limits are lifted.

    Args:
        needed: Its estimate in bytes.
        what: The job, as the beginning of the sentence "... needs about 5 GB of memory".

    Raises:
        OutOfMemory: Has the estimate and what is free.
    """
    # Asking the system takes a thousandth of a second; most jobs are far from any limit.
    if needed < 1 << 26 or lifted():
        return
    free = available_memory()
    if needed > SHARE_OF_MEMORY * free:
        raise OutOfMemory(
            f"{what} needs about {shown_bytes(needed)} of memory; {shown_bytes(free)} are free. "
            f"{HOW}"
        )


def available_memory() -> int:
    """Bytes that this process can still take: of the machine, its container and its own limits."""
    return max(0, min([_of_machine(), *_of_groups(), *_of_process()]))


def shown_bytes(number: int) -> str:
    """A number of bytes in words: ``1.5 GB``."""
    amount = float(number)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:,.0f} PB" if amount < 1e6 else "more than any machine has"


def _of_machine() -> int:
    try:
        import psutil
    except ImportError:
        return _MOST
    return int(psutil.virtual_memory().available)


def _of_groups() -> Iterator[int]:
    """What the control groups of this process leave it (Linux containers and batch systems)."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text("ascii", errors="replace").splitlines():
            number, kinds, place = line.split(":", 2)
            if number == "0":
                yield from _of_group(_GROUPS, place, "memory.max", "memory.current")
            elif "memory" in kinds.split(","):
                names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
                yield from _of_group(_GROUPS / "memory", place, *names)


def _of_group(root: Path, place: str, most: str, used: str) -> Iterator[int]:
    here = root / place.lstrip("/")
    # Inside a container the group is often mounted as the root, under another name.
    for folder in (here, *here.parents):
        with suppress(OSError, ValueError):
            limit = int((folder / most).read_text("ascii"))
            # Without a limit the older kind has a number near 2**63.
            if limit < _MOST // 2:
                yield limit - int((folder / used).read_text("ascii")) + _cached(folder)
        if folder == root:
            return


def _cached(folder: Path) -> int:
    """Bytes of file contents that the group keeps and gives back when memory is asked for."""
    with suppress(OSError, ValueError):
        for line in (folder / "memory.stat").read_text("ascii").splitlines():
            name, _, number = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                return int(number)
    return 0


def _of_process() -> Iterator[int]:
    """What `ulimit -v` leaves, where the system keeps such a limit and psutil can tell."""
    try:
        import psutil
    except ImportError:
        return
    process = psutil.Process()
    if not hasattr(process, "rlimit"):
        return
    with suppress(OSError, psutil.Error):
        most = process.rlimit(psutil.RLIMIT_AS)[0]
        if most != psutil.RLIM_INFINITY:
            yield most - process.memory_info().vms
