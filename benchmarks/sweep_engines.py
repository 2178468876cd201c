"""One sweep by the pool, Slurm and Ray on this machine: how long each takes, and their ratios.

    python -m benchmarks.sweep_engines [--units 120] [--repeats 3] [--json FILE]

A Slurm and a Ray of two nodes are started as slow tests do it (`tests/sweeps/clusters`); that
does not count, that of drivers and workers does. The engines take turns, so that what else runs on
the machine is shared by all of them. A ratio is of one turn.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2

CODE = """
import json, sys
from echospan.sweeps.api import sweep
given = json.loads(sys.argv[1])
result = sweep(given["content"], store=given["store"], executor=given["executor"], workers=2,
               options=given["options"])
assert result.done == result.total, result.to_dict()
"""


@dataclass(frozen=True)
class Engine:
    """What a driver is told.

    Attributes:
        name: Of the executor.
        options: Of the executor.
        environment: What it needs in the environment.
    """

    name: str
    options: Mapping[str, Any]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Turn:
    """Seconds of one sweep by each engine, one right after the other."""

    seconds: dict[str, float]

    def ratio(self, name: str) -> float:
        """Of an engine to the pool."""
        return self.seconds[name] / self.seconds["pool"]


def measure(units: int, epochs: int, repeats: int) -> list[Turn]:
    """Sweep so many units, so many times, by each engine that can be had here."""
    content = {
        "recipe": "window",
        "training": {"epochs": epochs},
        "sweep": {"seed": list(range(units))},
    }
    turns = []
    with ExitStack() as stack:
        engines = [Engine("pool", {}, {}), *stack.enter_context(_clusters())]
        for number in range(repeats):
            # Each comes first once, as whoever comes first finds cold files.
            order = [engines[(place + number) % len(engines)] for place in range(len(engines))]
            turns.append(Turn({each.name: _seconds(each, content) for each in order}))
    return turns


@contextmanager
def _clusters() -> Iterator[list[Engine]]:
    sys.path.insert(0, str(ROOT / "tests"))
    no_cluster = import_module("sweeps.clusters.keeper").NoCluster
    found = []
    with ExitStack() as stack:
        for name in ("slurm", "ray"):
            make = getattr(import_module(f"sweeps.clusters.{name}"), f"{name}_cluster")
            try:
                cluster = stack.enter_context(make())
            except no_cluster as reason:
                print(f"No {name}: {reason}", file=sys.stderr)
                continue
            options = {"address": cluster.address} if name == "ray" else {"time": 60}
            found.append(Engine(name, options, cluster.environment))
        yield found


def _seconds(engine: Engine, content: Mapping[str, Any]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        given = {
            "content": content,
            "store": f"{folder}/runs",
            "executor": engine.name,
            "options": engine.options,
        }
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", CODE, json.dumps(given)],
            env={**os.environ, **engine.environment},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--units", type=int, default=120)
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, help="Also write the figures there.")
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    turns = measure(arguments.units, arguments.epochs, arguments.repeats)
    print(f"{arguments.units} units of window, {arguments.epochs} epochs, {WORKERS} workers")
    print(f"load of the machine before: {before:.1f} on {os.cpu_count()} cores")
    for name in turns[0].seconds:
        seconds = ", ".join(f"{turn.seconds[name]:.1f}" for turn in turns)
        ratio = statistics.median(turn.ratio(name) for turn in turns)
        print(f"{name:6} {seconds} s; {ratio:.2f} times the pool (median)")
    if arguments.json is not None:
        content = {"load": before, "turns": [asdict(turn) for turn in turns], **vars(arguments)}
        arguments.json.write_text(json.dumps(content, indent=1, default=str), "utf-8")


if __name__ == "__main__":
    main()
