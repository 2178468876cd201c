"""A cluster for tests in a process of its own, which ends it when the test ends in any way.

The keeper is a child of the test. It starts the cluster's processes, prints one line of JSON when
they are ready, and then obeys lines of its standard input. When that closes, as it does when the
test is killed, it ends everything that it started and removes its folder.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

READY_SECONDS = 60.0
END_SECONDS = 30.0


class NoCluster(Exception):
    """The cluster can't be had here; the text is the reason for a skip."""


class Keeper:
    """The test's end of a running cluster.

    Attributes:
        told: What the cluster said of itself when it was ready.
        folder: Where its files are.
    """

    def __init__(self, process: subprocess.Popen[str], folder: Path):
        self._process = process
        self.folder = folder
        self.told: dict[str, Any] = self._line()

    def kill(self, node: str) -> None:
        """Kill a node and what runs on it, as a power cut would."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"kill {node}\n")
        self._process.stdin.flush()
        assert self._line() == {"killed": node}

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            log = (self.folder / "keeper.log").read_text("utf-8", "replace")
            raise NoCluster(f"the cluster did not start: {log[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def kept(module: str) -> Iterator[Keeper]:
    """Run a module of this folder as a keeper, for the length of the block.

    Raises:
        NoCluster: It did not start.
    """
    # Short, since the paths of sockets may have only 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="ecl-"))
    folder.chmod(0o755)
    with (folder / "keeper.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # Ctrl-C in the terminal is the test's to handle.
            start_new_session=True,
            cwd=Path(__file__).resolve().parents[2],
        )
    try:
        yield Keeper(process, folder)
    finally:
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert process.stdout is not None
        process.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def serve(folder: Path, told: dict[str, Any], kill: Callable[[str], None]) -> None:
    """The keeper's end: say that the cluster is ready, obey until the test is gone, end all."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    print(json.dumps(told), flush=True)
    for line in sys.stdin:
        node = line.split()[1]
        kill(node)
        print(json.dumps({"killed": node}), flush=True)
    kill_all(descendants())
    # The test does so itself, if it lives.
    shutil.rmtree(folder, ignore_errors=True)


def adopt() -> None:
    """Let processes whose parents ended become children of this one, so that none gets away."""
    set_child_subreaper = 36
    ctypes.CDLL(None, use_errno=True).prctl(set_child_subreaper, 1, 0, 0, 0)


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """Kill processes with all that they started, and wait until they are gone."""
    family = dict.fromkeys(processes)
    for process in list(family):
        with suppress(psutil.Error):
            family.update(dict.fromkeys(process.children(recursive=True)))
    for process in family:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(list(family), timeout=10)


def descendants(**variables: str) -> list[psutil.Process]:
    """What this process started, with adopted ones, whose environment holds these variables."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error, OSError):
            environment = process.environ() if variables else {}
            if all(environment.get(name) == value for name, value in variables.items()):
                found.append(process)
    return found


def until(ready: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Wait until something holds.

    Raises:
        NoCluster: It took too long.
    """
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise NoCluster(f"{what} took over {seconds:.0f} s")
        time.sleep(0.1)
