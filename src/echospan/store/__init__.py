"""What is kept: runs on disk, as plain files with an SQLite index. Imports neither JAX nor Keras.

A store is a folder::

    echospan-runs/
      index.sqlite             one row per run; can be rebuilt from the folders
      runs/RUN_ID/
        run.json               the row again
        config.json            the experiment
        result.json            what came out
        environment.json       versions, device, git commit
        history.safetensors    loss and accuracy by epoch
        weights.safetensors
        checkpoint.safetensors where training stands, until the run finishes
        failure.txt            the traceback of a failed run
        artifacts/NAME.safetensors, json/NAME.json

Every file is written whole or not at all. Nothing in a run's folder is executed, and nothing in it
makes the reader allocate more than the file's own size.
"""

from __future__ import annotations

from echospan.store.environment import describe_environment
from echospan.store.folders import resolve_location
from echospan.store.problems import LostRun
from echospan.store.rebuilding import Repaired, rebuild_store
from echospan.store.record import STATES, RunSummary, State
from echospan.store.recovery import Rebuilt
from echospan.store.run import Run, interrupt_all
from echospan.store.store import Store

__all__ = [
    "STATES",
    "LostRun",
    "Rebuilt",
    "Repaired",
    "Run",
    "RunSummary",
    "State",
    "Store",
    "describe_environment",
    "interrupt_all",
    "rebuild_store",
    "resolve_location",
]
