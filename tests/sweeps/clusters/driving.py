"""A sweep's driver as a process of its own, which a test may kill; and what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echospan.store.record import read_record

SECONDS = 300.0

CODE = """
import json, sys
import echospan
from echospan.sweeps.api import sweep
given = json.loads(sys.argv[1])
result = sweep(given["content"], store=given["store"], executor=given["executor"], workers=2,
               time_limit=given["time_limit"])
print(json.dumps(result.to_dict()))
"""


class Drive:
    """A driver at work.

    Args:
        content: The sweep.
        store: Its store.
        executor: What does the work.
        environment: What the engine needs in the environment.
        time_limit: Seconds that a unit may take.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        store: Path,
        executor: str = "pool",
        environment: Mapping[str, str] = os.environ,
        time_limit: float | None = None,
    ) -> None:
        self._store = store
        given = {"content": dict(content), "store": str(store), "executor": executor}
        given["time_limit"] = time_limit
        self._process = subprocess.Popen(
            [sys.executable, "-c", CODE, json.dumps(given)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def result(self) -> dict[str, Any]:
        """What `sweep` returned, once it has."""
        out, err = self._process.communicate(timeout=SECONDS)
        assert self._process.returncode == 0, err[-3000:]
        # Ray says on standard output that a node died.
        found: dict[str, Any] = json.loads(out.splitlines()[-1])
        return found

    def wait_for_finished(self, least: int) -> None:
        """Wait until that many units have finished, and fewer than all."""
        end = time.monotonic() + SECONDS
        while finished(self._store) < least:
            assert self._process.poll() is None, self._process.communicate()[1][-3000:]
            assert time.monotonic() < end, "no unit finished"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as by kill -9."""
        self._process.kill()
        self._process.communicate()


def finished(store: Path) -> int:
    """Units whose folders say that they have finished."""
    folder = store / "runs"
    states = [read_record(run).state for run in folder.iterdir()] if folder.is_dir() else []
    return states.count("finished")


def stamps(store: Path) -> dict[str, int]:
    """When the result of each finished run was written, by run."""
    runs = [run for run in (store / "runs").iterdir() if read_record(run).state == "finished"]
    # One whose worker was killed right after its result was written is done again.
    return {run.name: (run / "result.json").stat().st_mtime_ns for run in runs}


def table(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What must be the same however a sweep went: settings and numbers, without times and ids."""
    timed = {"train_seconds"}
    return [
        {
            "settings": row["settings"],
            "state": row["state"],
            "fingerprint": row["fingerprint"],
            **{name: value for name, value in row["values"].items() if name not in timed},
        }
        for row in result["rows"]
    ]


def weights(store: Path, result: Mapping[str, Any]) -> list[bytes]:
    """The trained weights of each row, as they are stored."""
    folder = store / "runs"
    return [(folder / row["run_id"] / "weights.safetensors").read_bytes() for row in result["rows"]]
