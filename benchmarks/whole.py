"""A whole command against a whole script: start-up, compilation and all.

echospan's side is `echospan run window` with warm caches. The script's side is Keras `fit` on
TensorFlow for as many epochs; that takes minutes, so that its process is timed to the end of a
smaller number of epochs, and the rest is added at the rate of its last ones.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial

from benchmarks.contenders import OURS, Contender
from benchmarks.jobs import Job
from benchmarks.machine import chosen_cores, on_cores
from benchmarks.process import NotMeasured
from benchmarks.result import Measured, Result
from benchmarks.session import START_LIMIT, Settings, start

FIRST, THEN = 20, 60
"""Epochs of the script, and those after them, whose rate counts for the rest."""


def measure(job: Job, settings: Settings) -> Iterator[Result]:
    """Measure a job of the kind `process`: the result after each repeat."""
    began = time.perf_counter()
    asked = settings.repeats or job.repeats
    ours = Measured(OURS, "echospan run window, warm caches", epochs=job.epochs)
    peers = [each for each in settings.peers if each.key in job.peers]
    scripts = [
        Measured(
            each.key,
            f"a script with {each.name}",
            epochs=job.epochs,
            note=f"timed for {FIRST + THEN} epochs; the other {job.epochs - FIRST - THEN:,} added "
            f"at the rate of the last {THEN}",
        )
        for each in peers
    ]
    result = Result(job.name, job.work.updates, 0.0, asked, [ours, *scripts])
    _attempt(ours, partial(_command, job.epochs), settings)
    ours.seconds.clear()
    for repeat in range(asked):
        if repeat and time.perf_counter() - began > settings.limit:
            settings.say(f"{job.name}: {repeat} of {asked} repeats: its time is over")
            break
        _attempt(ours, partial(_command, job.epochs), settings)
        for peer, measured in zip(peers, scripts, strict=True):
            _attempt(measured, partial(_script, peer, job, settings), settings)
        result.took = time.perf_counter() - began
        said = ", ".join(f"{m.name} {m.seconds[-1]:.1f}" for m in result.measured if m.seconds)
        settings.say(f"{job.name} {repeat + 1}/{asked}, s: {said}")
        yield result


def _attempt(measured: Measured, run: Callable[[], float], settings: Settings) -> None:
    """One more time for `measured`, unless it failed before or does so now."""
    if measured.failure:
        return
    try:
        measured.seconds.append(run())
    except NotMeasured as problem:
        measured.failure = str(problem)
        measured.seconds.clear()
        settings.say(f"{measured.name}: not measured: {problem}")


def _command(epochs: int) -> float:
    """Seconds of `echospan run window`, which keeps its run in a folder that goes away."""
    code = "import sys; from echospan.cli import main; main()"
    with tempfile.TemporaryDirectory() as store, on_cores(chosen_cores(1)):
        command = [sys.executable, "-P", "-c", code, "run", "window", "--json", "--store", store]
        command += ["--epochs", str(epochs)]
        begin = time.perf_counter()
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=START_LIMIT, start_new_session=True
            )
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"not done after {START_LIMIT:.0f} s") from None
        seconds = time.perf_counter() - begin
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise NotMeasured(f"ended with code {done.returncode}: {lines[-1]}")
    if json.loads(done.stdout)["epochs"] != epochs:
        raise NotMeasured("it trained another number of epochs than it was told to")
    return seconds


def _script(peer: Contender, job: Job, settings: Settings) -> float:
    """Seconds that the peer's process takes for all the epochs."""
    begin = time.perf_counter()
    with start(peer, settings) as process:
        question = {"do": "start", "work": asdict(job.work), "options": dict(peer.options)}
        process.ask(question, START_LIMIT)
        process.ask({"do": "train", "epochs": FIRST}, START_LIMIT)
        rate = process.ask({"do": "train", "epochs": THEN}, START_LIMIT)["seconds"] / THEN
    return time.perf_counter() - begin + float(rate) * (job.epochs - FIRST - THEN)
