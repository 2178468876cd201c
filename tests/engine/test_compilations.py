"""One compilation for each shape: a changed seed, rate or number of epochs compiles nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import jax
import pytest

import echospan
from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.engine.fleet import Member, ThreadedFleet, VectorisedFleet
from echospan.random import stream
from echospan.recipe import find
from runner.helpers import TINY


@contextmanager
def programs() -> Iterator[list[str]]:
    """Names of the programs that are compiled, or loaded from the cache on disk, inside."""
    found: list[str] = []

    def listen(event: str, seconds: float, **details: object) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            found.append(str(details.get("fun_name")))

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield found
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)


@pytest.mark.slow
def test_a_second_run_compiles_nothing(tmp_path):
    settings = {**TINY, "model.units": 9, "training.epochs": 4}
    with programs() as first:
        echospan.run("stream", settings, store=tmp_path)
    assert "jit(_epochs)" in first
    for change in ({"seed": 7}, {"training.learning_rate": 0.3}, {"training.epochs": 6}):
        with programs() as again:
            echospan.run("stream", {**settings, **change}, store=tmp_path)
        assert again == [], change
    # It can find something: one unit more is another shape.
    with programs() as other:
        echospan.run("stream", {**settings, "model.units": 10}, store=tmp_path)
    assert "jit(_epochs)" in other


@pytest.mark.parametrize(
    "fleet", [ThreadedFleet(2), VectorisedFleet()], ids=["threads", "together"]
)
def test_a_ladder_of_rates_is_one_program(fleet):
    made = find("stream").settle(TINY)
    compiled = CompiledExperiment(made)

    def members(rates: list[float]) -> list[Member]:
        ladder = [made.with_settings({"training.learning_rate": rate}) for rate in rates]
        return [
            Member(compiled.trainer, compiled.start(each), stream(0, "data"), epochs=3)
            for each in ladder
        ]

    list(fleet.run(members([0.1, 0.01, 0.001, 0.0001])))
    again = members([0.2, 0.02, 0.002, 0.0002])
    with programs() as found:
        list(fleet.run(again))
    assert found == []


@pytest.mark.slow
def test_another_process_finds_every_program_on_disk(tmp_path):
    code = """
import json, sys
import jax
events = []
jax.monitoring.register_event_listener(lambda event, **_: events.append(event.split("/")[-1]))
import echospan
echospan.run("stream", json.loads(sys.argv[1]), store=sys.argv[2])
print(events.count("cache_hits"), events.count("cache_misses"))
"""

    def counts(**changes: object) -> tuple[int, int]:
        settings = json.dumps({**TINY, "training.epochs": 4, **changes})
        done = subprocess.run(
            [sys.executable, "-c", code, settings, str(tmp_path / "runs")],
            env={**os.environ, "ECHOSPAN_CACHE": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=True,
        )
        hits, misses = done.stdout.split()
        return int(hits), int(misses)

    assert counts()[1] > 0
    hits, misses = counts(**{"seed": 3, "training.learning_rate": 0.05, "training.epochs": 5})
    assert misses == 0
    assert hits > 0
