"""Results made up by hand, and contenders that are small programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from benchmarks.contenders import Contender
from benchmarks.jobs import JOBS
from benchmarks.machine import chosen_cores
from benchmarks.process import NotMeasured, Process
from benchmarks.result import Limit, Measured, Result
from benchmarks.session import Settings

ABOUT = {"parameters": 1, "settings": {"threads": 1}, "versions": {"library": "1.0"}}

ANSWERS = {
    "start": {**ABOUT, "multiple": 1},
    "train": {"seconds": 0.5, "losses": [[1, 2.0]]},
    "memory": {"mebibytes": 100.0},
    "rates": {"seconds": {"recurrent, forward": 0.001}, "peak": 1e9},
}


def program(answers: dict[str, object]) -> list[str]:
    """A contender that answers what it is told to, and ends where it is told nothing."""
    code = (
        "import json, sys\n"
        f"answers = json.loads({json.dumps(answers)!r})\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)['do']\n"
        "    if asked not in answers:\n"
        "        sys.exit('no answer to ' + asked)\n"
        "    print(json.dumps(answers[asked]), flush=True)\n"
    )
    return [sys.executable, "-S", "-c", code]


def starter(special: dict[str, dict[str, object] | None]) -> Callable[..., Process]:
    """In the place of `session.start`: contenders by key, None for one that is not installed."""

    def start(contender: Contender, settings: Settings, cores: int = 1) -> Process:
        answers = special.get(contender.key, ANSWERS)
        if answers is None:
            raise NotMeasured("needs torch")
        return Process(program(answers), {}, chosen_cores(1))

    return start


def measured(key: str, seconds: list[float], **more: object) -> Measured:
    settings = {"name": key, "losses": [(10, 2.0), (10, 1.0)], "epochs": 10, "about": ABOUT, **more}
    return Measured(key=key, seconds=seconds, **settings)  # type: ignore[arg-type]


def result(job: str = "echo-10k", *sides: Measured, **more: object) -> Result:
    chosen = sides or (
        measured("echospan", [1.0, 2.0, 1.0]),
        measured("torch", [4.0, 10.0, 6.0]),
    )
    limit = Limit({"recurrent, forward": 0.3, "output, forward": 0.2}, 100, 1000.0)
    updates = JOBS[job].work.updates
    settings = {"took": 3.0, "asked": 3, "measured": list(chosen), "limit": limit, **more}
    return Result(job=job, updates=updates, **settings)  # type: ignore[arg-type]
