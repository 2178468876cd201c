"""`echospan.check` on a typical model: what a user waits for before training.

An LSTM of 10,000 parameters and 1,000 windows of 23 steps, in a process of its own each time, so
that nothing is compiled before. The clock runs during the check alone, not while libraries are
imported. All cores are free to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.contenders import OURS
from benchmarks.jobs import Job
from benchmarks.process import NotMeasured
from benchmarks.result import Measured, Result
from benchmarks.session import START_LIMIT, Settings

DATA = """
import json, time
import numpy as np
import echospan
rng = np.random.default_rng(0)
series = np.sin(np.arange(1023) / 7) + 0.1 * rng.normal(size=1023)
windows = np.lib.stride_tricks.sliding_window_view(series.astype("float32"), 24)
x, y = windows[:, :23, None].copy(), windows[:, 23:].copy()
"""
TORCH = """
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.head = torch.nn.LSTM(1, 49, batch_first=True), torch.nn.Linear(49, 1)
    def forward(self, x):
        return self.head(self.layer(x)[0][:, -1])
model, given = Net(), {"loss": torch.nn.MSELoss(), "batch_size": 32, "shuffle": True}
"""
KERAS = """
import keras
layers = [keras.Input((23, 1)), keras.layers.LSTM(49), keras.layers.Dense(1)]
model, given = keras.Sequential(layers), {"batch_size": 32}
model.compile("adam", "mse")
"""
CLOCK = """
echospan.check  # imports what it needs
began, cpu = time.perf_counter(), time.process_time()
report = echospan.check(model, x, y, **given)
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu,
                  "codes": list(report.codes)}))
"""
PROGRAMS = {"check-torch": DATA + TORCH + CLOCK, "check-keras": DATA + KERAS + CLOCK}


def measure(job: Job, settings: Settings) -> Iterator[Result]:
    """Measure a job of the kind `check`: the result after each repeat."""
    asked = settings.repeats or job.repeats
    ours = Measured(OURS, "echospan.check, after its imports")
    result = Result(job.name, 1, 0.0, asked, [ours])
    cpu = []
    for repeat in range(asked):
        try:
            found = run(job.name)
        except NotMeasured as problem:
            ours.failure = str(problem)
            ours.seconds.clear()
            settings.say(f"{ours.name}: not measured: {problem}")
            yield result
            return
        ours.seconds.append(found["seconds"])
        cpu.append(found["cpu"])
        ours.note = f"{sorted(cpu)[len(cpu) // 2]:.1f} s of processor time in the median"
        result.took += found["seconds"]
        settings.say(f"{job.name} {repeat + 1}/{asked}, s: {found['seconds']:.2f}")
        yield result


def run(name: str) -> dict[str, Any]:
    """Check once, in a new process.

    Args:
        name: Of the job.

    Returns:
        ``seconds`` by the clock, ``cpu`` seconds of the process, and the ``codes`` found.

    Raises:
        NotMeasured: It failed, or took too long.
    """
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    command = [sys.executable, "-P", "-c", PROGRAMS[name]]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=START_LIMIT, env=environment
        )
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"not done after {START_LIMIT:.0f} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise NotMeasured(f"ended with code {done.returncode}: {lines[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
