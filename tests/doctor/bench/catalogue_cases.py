"""The catalogue's own examples as cases: what `echospan explain` shows is held to be true."""

from __future__ import annotations

from typing import Any

from doctor.bench.case import Case
from echospan.doctor import CheckReport, catalogue
from echospan.doctor.catalogue import Entry

HEURISTIC = ("S",)


def run(program: str) -> CheckReport:
    """The report that the program leaves."""
    names: dict[str, Any] = {}
    exec(compile(program, "example", "exec"), names)
    report: CheckReport = names["report"]
    return report


def case(entry: Entry) -> Case:
    # Where the fault is no backend's own, torch runs it fastest.
    backend = "torch" if "torch" in entry.backends else entry.backends[0]
    return Case(
        entry.code,
        "the catalogue's example",
        lambda: run(entry.faulty_program),
        lambda: run(entry.cured_program),
        backend=backend,
        heuristic=entry.evidence == ["S"],
        allowed=("state-not-carried",),
    )


def runs_here(entry: Entry) -> bool:
    """Whether the names that a torch example calls are there."""
    import echospan

    return all(name in echospan.__all__ for name in ("check_torch", "watch_torch"))


CASES = [case(entry) for entry in catalogue().values() if not entry.torch or runs_here(entry)]
