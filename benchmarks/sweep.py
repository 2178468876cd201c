"""What a sweep takes beside the training itself: `python -m benchmarks.sweep`.

Two ratios, each within one run of this program on one machine:

- the wall time of `echospan.sweep` for many runs of `window` on all cores, start-up of its workers
  included, against what their training alone takes with one program a core;
- the time of a unit that does nothing (claim, pack, folder, entry), beside the time that storing
  such a run takes one by one, as `echospan run` does.

Processor time is measured beside wall time, since other programs may be at work.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from echospan.backend import keras_on_jax
from echospan.engine.fleet.threaded import cores
from echospan.results.sweep import SweepData
from echospan.store import Store
from echospan.store.claims import Wanted
from echospan.store.detached import DetachedRun
from echospan.store.record import Kind
from echospan.sweeps.api import sweep
from echospan.sweeps.grid import Settings, flat
from echospan.sweeps.verbs import Cost, Unit, Verb

STORED = 200
"""Runs that are stored one by one."""


class Nothing(Verb):
    """Units that do nothing, so that only the machinery takes time."""

    kind: ClassVar[Kind] = "run"
    columns: ClassVar[Mapping[str, str]] = {"number": "Int64"}
    score: ClassVar[str] = "number"
    packs: ClassVar[bool] = True

    def __init__(self, content: Mapping[str, Any], source: Path, *, trust: bool = False) -> None:
        self._base = flat(content)

    @property
    def name(self) -> str:
        """Of its runs."""
        return "nothing"

    @property
    def base(self) -> Settings:
        """Nothing."""
        return self._base

    @property
    def beneath(self) -> Settings:
        """Nothing."""
        return {}

    def unit(self, settings: Settings) -> Unit:
        """Its number names it."""
        return Unit(settings, f"{settings['number']:016x}", "nothing")

    def wanted(self, unit: Unit) -> Wanted:
        """A run with the number."""
        return Wanted(unit.fingerprint, "nothing", dict(unit.settings))

    def key_of(self, config: Mapping[str, Any], *, trust: bool) -> str:
        """All alike."""
        return "nothing"

    def cost(self, result: Mapping[str, Any], seconds: float | None) -> Cost | None:
        """Not known."""
        return None

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Its number."""
        return {"number": result["number"]}

    @staticmethod
    def work(runs: Sequence[DetachedRun], stop: Callable[[], bool], *, trust: bool) -> None:
        """Finish them."""
        for run in runs:
            run.begin()
            run.finish({"number": run.config["number"]})


def processor() -> float:
    """Seconds of processor time of this process and of those it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What came of it, its wall time and its processor time."""
    wall, busy = time.perf_counter(), processor()
    result = work()
    return result, time.perf_counter() - wall, processor() - busy


def training_alone(runs: int, epochs: int) -> tuple[float, float]:
    """Wall and processor time of training the runs, one program a core, compiled before."""
    keras_on_jax()
    from echospan.engine.compiled_experiment import compiled_for
    from echospan.engine.fleet import Member, ThreadedFleet
    from echospan.engine.train_many import train_many
    from echospan.random import stream
    from echospan.recipe import find

    first = find("window").settle({"training.epochs": epochs})
    compiled = compiled_for(first)

    def member(seed: int) -> Member:
        experiment = first.replace(seed=seed)
        values = compiled.start(experiment)
        return Member(compiled.trainer, values, stream(seed, "data"), epochs=epochs)

    fleet = ThreadedFleet(cores())
    # The program is compiled, and the caches of the processor warm.
    list(train_many(range(cores()), member, fleet))
    members = {seed: member(seed) for seed in range(runs)}

    def train() -> None:
        for _, finished in train_many(members, members.__getitem__, fleet):
            finished.result()

    _, wall, busy = measured(train)
    return wall, busy


def stored_alone(runs: int, store: Path) -> tuple[float, float]:
    """Wall and processor time of storing that many runs one by one, as `echospan run` does."""

    def keep() -> None:
        with Store(store) as opened:
            for number in range(runs):
                run = opened.create(
                    recipe="nothing",
                    config={"number": number},
                    fingerprint=f"{number:016x}",
                    seed=0,
                )
                run.finish({"number": number})

    _, wall, busy = measured(keep)
    return wall, busy


def swept(content: Mapping[str, Any], store: Path) -> tuple[float, float]:
    """Wall and processor time of a sweep."""
    made, wall, busy = measured(lambda: sweep(content, store=store, trust=True))
    assert isinstance(made, SweepData)
    if made.done != made.total:
        raise SystemExit(f"{made.total - made.done} of {made.total} units were not done")
    return wall, busy


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--nothings", type=int, default=1000)
    asked = parser.parse_args(arguments)
    window = {
        "recipe": "window",
        "training": {"epochs": asked.epochs},
        "sweep": {"seed": list(range(asked.runs))},
    }
    nothing = {"verb": "benchmarks.sweep:Nothing", "sweep": {"number": list(range(asked.nothings))}}
    with tempfile.TemporaryDirectory() as folder:
        wall, busy = swept(window, Path(folder) / "window")
        empty = swept(nothing, Path(folder) / "nothing")
        few = {**nothing, "sweep": {"number": [0]}}
        start = swept(few, Path(folder) / "one")
        stored = stored_alone(STORED, Path(folder) / "stored")
    alone_wall, alone_busy = training_alone(asked.runs, asked.epochs)
    each = 1000 / max(1, asked.nothings - 1)
    told = {
        "cores": cores(),
        "runs": asked.runs,
        "epochs": asked.epochs,
        "sweep_seconds": round(wall, 2),
        "training_seconds": round(alone_wall, 2),
        "ratio": round(wall / alone_wall, 3),
        "sweep_processor_seconds": round(busy, 2),
        "training_processor_seconds": round(alone_busy, 2),
        "processor_ratio": round(busy / alone_busy, 3),
        "overhead_ms": round((empty[0] - start[0]) * each, 3),
        "overhead_processor_ms": round((empty[1] - start[1]) * each, 3),
        "stored_ms": round(stored[0] * 1000 / STORED, 3),
        "stored_processor_ms": round(stored[1] * 1000 / STORED, 3),
    }
    print(json.dumps(told, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
