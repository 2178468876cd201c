"""What tests of sweeps share: contents of files, drivers in their own processes, their stores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from echospan.report.sweep_objects import SweepResult
from echospan.store import Store
from echospan.sweeps.api import sweep
from sweeps.nap import NAME

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import json, sys
from echospan.sweeps.api import sweep
content, given = json.loads(sys.argv[1]), json.loads(sys.argv[2])
print(sweep(content, **given)._summary())
"""


def naps(numbers: int, log: Path | None = None, **settings: Any) -> dict[str, Any]:
    """The content of a file that sweeps naps."""
    base = {} if log is None else {"log": str(log)}
    return {"verb": NAME, **base, **settings, "sweep": {"number": list(range(numbers))}}


def swept(content: dict[str, Any], store: Path | Store, **given: Any) -> SweepResult:
    return sweep(content, store=store, trust=True, **{"workers": 2, **given})


def driver(content: dict[str, Any], store: Path, **given: Any) -> subprocess.Popen[str]:
    """The same in a process of its own, which leads a group."""
    given = {"workers": 2, "trust": True, "store": str(store), **given}
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    return subprocess.Popen(
        [sys.executable, "-c", CODE, json.dumps(content), json.dumps(given)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait for something, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


def ends(log: Path) -> Counter[int]:
    """How often each number ended."""
    lines = log.read_text().splitlines() if log.exists() else []
    return Counter(int(line.split()[0]) for line in lines if line.endswith(" end"))


def workers_of(pid: int) -> list[int]:
    """The workers of a driver, oldest first."""
    import psutil

    return [
        child.pid
        for child in psutil.Process(pid).children()
        if "echospan.sweeps.executors.worker" in " ".join(child.cmdline())
    ]


def table(result: SweepResult) -> list[tuple[Any, ...]]:
    """What must be equal, whatever happened on the way."""
    return [(row.settings, row.state, row.fingerprint, row.values) for row in result.rows]


class Toll:
    """What faults cost, over several looks at a store; `make sweep-faults` counts it."""

    lost = doubled = 0


def check_store(
    store: Path, log: Path, finished_at_least: int, toll: type[Toll] | Toll = Toll
) -> None:
    """Nothing is lost, doubled or damaged."""
    with Store(store, create=False) as opened:
        listed = opened.list()
        names = Counter(run.fingerprint for run in listed)
        finished = [run for run in listed if run.state == "finished"]
        again = sum(count - 1 for count in ends(log).values())
        toll.doubled += sum(count - 1 for count in names.values()) + again
        toll.lost += max(0, finished_at_least - len(finished))
        assert (toll.lost, toll.doubled) == (0, 0)
        for run in finished:
            assert opened.get(run.run_id).load_result()["square"] >= 0
        rebuilt = opened.rebuild_index()
        assert not rebuilt.skipped
        assert rebuilt.indexed == len(listed)
        assert opened.list() == listed
