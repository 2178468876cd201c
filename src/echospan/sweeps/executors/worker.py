"""A worker of the pool: reads packs from standard input, does them, says when each is done."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import NoReturn


def main(driver: int) -> NoReturn:
    """Work until there is no more input, which is when the driver closed it or is gone.

    Args:
        driver: Its process id.
    """
    # The driver decides what Ctrl-C means.
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    reply = _own_output()
    packs: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_read, args=(packs,), daemon=True).start()
    from echospan.sweeps.work import run_pack

    reply("ready")
    while True:
        line = packs.get()
        error = ""
        try:
            run_pack(json.loads(line))
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
        reply("done " + json.dumps({"error": error}))


def _read(packs: SimpleQueue[str]) -> None:
    with suppress(OSError, ValueError):
        for line in sys.stdin:
            packs.put(line)
    # Without a driver, no one owns the runs. Whatever is at work ends here, as by a kill.
    os._exit(0)


class _own_output:  # noqa: N801
    """The pipe to the driver; what else is printed goes to standard error."""

    def __init__(self) -> None:
        self._handle = os.dup(1)
        os.dup2(2, 1)

    def __call__(self, line: str) -> None:
        """Send one line."""
        data = line.encode() + b"\n"
        while data:
            data = data[os.write(self._handle, data) :]
