"""The command line: `python -m tools.environments`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.environments import build, page, records
from tools.environments.jobs import JOBS, Clock, run
from tools.environments.records import MADE
from tools.environments.table import Environment, environments

LOGS = build.FOLDER / "logs"

AT_ONCE = 2
"""Environments that CI runs at once; or processes of a suite of tests that runs alone."""


@dataclass(frozen=True)
class Plan:
    """The wheel to install, the fingerprint of the code, whether to run again what has passed,
    and whether an environment has the machine to itself.
    """

    wheel: Path
    code: str
    again: bool
    alone: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Make and run what was asked for; 1 where anything failed."""
    every = {each.name: each for each in environments()}
    asked = _parser(list(every)).parse_args(arguments)
    chosen = [every[name] for name in asked.only or every]
    kept, code = records.load(), records.fingerprint()

    def passed(each: Environment) -> bool:
        jobs = each.ci if asked.ci else each.jobs
        jobs = tuple(job for job in jobs if not asked.job or job in asked.job)
        if not jobs:
            return True
        record = kept.setdefault(each.name, records.Record())
        plan = Plan(asked.wheel, code, asked.again or asked.ci, not asked.ci)
        well = _run_in(each, jobs, record, plan)
        if not asked.ci:
            records.save(kept, list(every))
            page.write(list(every.values()), kept)
        return well

    # pip and the short jobs use one core. What is recorded runs alone: its times are its own.
    with ThreadPoolExecutor(AT_ONCE if asked.ci else 1) as pool:
        return int(not all(list(pool.map(passed, chosen))))


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make environments", description=__doc__)
    parser.add_argument("--wheel", type=Path, required=True, help="echospan's wheel")
    parser.add_argument(
        "--only", choices=names, action="append", help="this environment; may be repeated"
    )
    parser.add_argument("--job", choices=list(JOBS), action="append", help="this job; likewise")
    parser.add_argument("--ci", action="store_true", help="what CI runs; writes no page")
    parser.add_argument("--again", action="store_true", help="also what has passed before")
    return parser


def _run_in(
    environment: Environment,
    jobs: Sequence[str],
    record: records.Record,
    plan: Plan,
) -> bool:
    """Whether all jobs passed."""
    name, code = environment.name, plan.code
    waiting = [job for job in jobs if plan.again or not record.has(job, code)]
    if not waiting:
        print(f"{name}: all has passed with this code", flush=True)
        return True
    print(f"{name}: making it", flush=True)
    clock = Clock()
    try:
        python = build.make(environment, plan.wheel, LOGS / f"{name}-pip.log")
    except build.CannotMake as error:
        record.add(MADE, clock.ended(False, str(error)), code)
        print(f"{name}: {error}", flush=True)
        return False
    record.add(MADE, clock.ended(True, "by pip"), code)
    record.versions = build.versions(python)
    for job in waiting:
        log = LOGS / f"{name}-{job}.log"
        ended = run(JOBS[job], python, log, AT_ONCE if plan.alone else 1)
        record.add(job, ended, code)
        word = "passed" if ended.passed else f"FAILED ({log})"
        took = f"{ended.seconds:.0f} s"
        if plan.alone:
            # Else the system counts the processes of all environments together.
            took += f", {ended.cpu_seconds:.0f} s of a processor"
        print(f"{name}: {job} {word}: {ended.said} ({took})", flush=True)
    return all(record.outcomes[job]["passed"] for job in waiting)


if __name__ == "__main__":
    sys.exit(main())
