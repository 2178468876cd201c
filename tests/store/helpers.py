"""What several tests of the store share."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from echospan.store import Run, Store
from echospan.store.liveness import Owner
from echospan.store.record import RunRecord, read_record, write_record

CONFIG = {"task": {"name": "echo", "lag": 4}, "seed": 3}
# This process's id with another start time: a process that had the id before, and is dead.
DEAD = Owner(socket.gethostname(), os.getpid(), "an-earlier-boot:1")


def begin(store: Store, recipe: str = "window", **given: Any) -> Run:
    settings = {"config": CONFIG, "fingerprint": "f00d", "seed": 3, **given}
    return store.create(recipe=recipe, **settings)


def set_record(store: Store, run: Run, **changes: Any) -> None:
    """Change a run's row and its run.json as another process would have."""
    record = replace(read_record(run.path), **changes)
    write_record(run.path, record)
    store._index.put(record)


def orphan(store: Store, run: Run) -> None:
    """Make the run one whose process was killed."""
    set_record(store, run, host=DEAD.host, pid=DEAD.pid, started=DEAD.started)


def row(number: int, **changes: Any) -> RunRecord:
    given = {
        "run_id": f"window-20261123-{number:06d}-0000",
        "recipe": "window",
        "state": "finished",
        "seed": number,
        "accuracy": 0.5,
        "created": f"2026-11-23T10:00:00.{number:06d}Z",
        "finished": None,
        "seconds": 1.0,
        "fingerprint": "f00d",
        "host": "somewhere",
        "pid": 1,
        "started": "",
        "since": 0.0,
    }
    return RunRecord(**{**given, **changes})


def safetensors(header: object, data: bytes = b"", *, length: int | None = None) -> bytes:
    """A safetensors file with any header, true or not."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def weights(seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        "lstm/kernel": random.normal(size=(3, 8)).astype("float32"),
        "lstm/bias": random.normal(size=8).astype("float32"),
        "step": np.asarray(seed, "int64"),
    }


@contextmanager
def python(script: str, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Another Python process that runs ``script``; it is killed at the end at the latest."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
