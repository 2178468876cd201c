"""What the writer processes of test_concurrency do. Imported by the spawned processes."""

from __future__ import annotations

import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np

from echospan.store import Store


def write(store: Path, log: Path, worker: int, count: int, stop_at: int, barrier: Barrier) -> None:
    """Create, fill and finish ``count`` runs; log each one once it is finished.

    At run ``stop_at`` (-1: never) it saves half of the run and then waits to be killed.
    """
    barrier.wait(60)
    with Store(store) as opened, open(log, "w") as done:
        for number in range(count):
            seed = 1000 * worker + number
            run = opened.create(recipe="echo", config={"seed": seed}, fingerprint="", seed=seed)
            run.save_weights({"a": np.full(100, float(seed))})
            if number == stop_at:
                done.write("waiting\n")
                done.flush()
                time.sleep(120)
            run.finish({"accuracy": number / count, "seed": seed})
            done.write(f"{run.id} {seed}\n")
            done.flush()


def open_at_once(store: Path, log: Path, barrier: Barrier) -> None:
    """Open a store at the same moment as others do, and log what it lists."""
    barrier.wait(60)
    with Store(store) as opened:
        log.write_text(" ".join(item.run_id for item in opened.list()))
