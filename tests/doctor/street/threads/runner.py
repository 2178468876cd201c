"""Running today's check over the threads, and saying how much of the cause it named."""

from __future__ import annotations

import importlib
import os
import re
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
HALVES = ("open", "blind")
LAYOUTS = ("faulty", "faulty2", "fixed", "fixed2")

ALIASES: dict[str, tuple[str, ...]] = {
    "constant-input": ("input-scale",),
    "left-in-train-mode": ("mode-not-switched",),
    "optimizer-stale": ("parameters-not-stepped",),
    "teacher-forced-evaluation": ("teacher-forcing-in-evaluation",),
    "unregistered-part": ("dead-part",),
    "zero-grad-missing": ("gradients-not-cleared",),
}
"""Codes under which the doctor reports what a case calls by a working name (see README.md)."""


@dataclass(frozen=True)
class Row:
    """What one layout of one thread came to.

    Attributes:
        half: Open or blind.
        kind: The row of issue 10's table.
        name: The module.
        layout: ``faulty``, ``faulty2``, ``fixed`` or ``fixed2``.
        grade: For faulty layouts "found", "half", "nothing", "wrong" or "crash"; for fixed ones
            "clean", "false error", "false warning" or "crash".
        findings: (code, severity) of all findings, or the error that came instead.
        seconds: Time of the check.
    """

    half: str
    kind: str
    name: str
    layout: str
    grade: str
    findings: tuple[tuple[str, str], ...] | str
    seconds: float


def names(half: str) -> list[str]:
    """The threads of one half."""
    return sorted(p.stem for p in (HERE / half).glob("*.py") if p.stem != "__init__")


def load(half: str, name: str) -> ModuleType:
    """The module of one thread."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return importlib.import_module(f"doctor.street.threads.{half}.{name}")


def report(module: ModuleType, layout: str) -> Any:
    """The report that a user gets who calls the check in place of training."""
    import echospan

    call = dict(getattr(module, layout)())
    if module.API != "watch_torch":
        return getattr(echospan, module.API)(**call)
    loop: Callable[[], None] = call.pop("loop")
    call.pop("evaluate", None)
    with echospan.watch_torch(**call) as watch:
        loop()
    return watch.report


def grade_faulty(module: ModuleType, findings: Iterable[Any]) -> str:
    """How much of the cause the findings name.

    found: an error or warning with an expected code, or whose message speaks of the cause.
    half: an expected code as a note only. wrong: only other errors or warnings. Else nothing.
    """
    expected = set(module.EXPECTED)
    for code in module.EXPECTED:
        expected |= set(ALIASES.get(code, ()))
    words = [re.compile(word, re.IGNORECASE) for word in getattr(module, "WORDS", ())]
    loud = [f for f in findings if f.severity in ("error", "warning")]
    if any(f.code in expected for f in loud):
        return "found"
    if any(word.search(f.message) for f in loud for word in words):
        return "found"
    if any(f.code in expected for f in findings):
        return "half"
    return "wrong" if loud else "nothing"


def grade_fixed(findings: Iterable[Any]) -> str:
    """Whether a repaired layout is left alone."""
    severities = {f.severity for f in findings}
    if "error" in severities:
        return "false error"
    return "false warning" if "warning" in severities else "clean"


def run(half: str, name: str) -> list[Row]:
    """All layouts of one thread."""
    module = load(half, name)
    rows = []
    for layout in LAYOUTS:
        if not hasattr(module, layout):
            continue
        started = time.perf_counter()
        shown: tuple[tuple[str, str], ...] | str
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                findings = report(module, layout).findings
            except Exception as error:
                # A refusal that speaks of the cause serves the user as a finding does.
                shown = f"{type(error).__name__}: {error}"
                words = getattr(module, "WORDS", ())
                refused = type(error).__name__ in ("DataError", "ConfigError", "ModelError")
                named = refused and any(re.search(w, str(error), re.IGNORECASE) for w in words)
                grade = "found" if named and layout.startswith("faulty") else "crash"
            else:
                shown = tuple((f.code, f.severity) for f in findings)
                grade = (
                    grade_faulty(module, findings)
                    if layout.startswith("faulty")
                    else grade_fixed(findings)
                )
        rows.append(
            Row(half, module.KIND, name, layout, grade, shown, time.perf_counter() - started)
        )
    return rows


def summary(rows: Iterable[Row]) -> str:
    """Counts of the grades, faulty and fixed layouts apart."""
    rows = list(rows)
    lines = []
    for half in HALVES:
        here = [row for row in rows if row.half == half]
        if not here:
            continue
        faulty = [row for row in here if row.layout.startswith("faulty")]
        fixed = [row for row in here if row.layout.startswith("fixed")]
        threads = len({row.name for row in here})
        lines.append(f"{half}: {threads} threads")
        for title, some, grades in (
            ("faulty", faulty, ("found", "half", "nothing", "wrong", "crash")),
            ("fixed", fixed, ("clean", "false error", "false warning", "crash")),
        ):
            counts = ", ".join(f"{sum(r.grade == g for r in some)} {g}" for g in grades)
            lines.append(f"  {len(some)} {title}: {counts}")
        seconds = sorted(row.seconds for row in here)
        lines.append(f"  median {seconds[len(seconds) // 2]:.1f} s, longest {seconds[-1]:.1f} s")
    return "\n".join(lines)


def by_kind(rows: Iterable[Row]) -> str:
    """A Markdown table: faulty layouts of each kind, and how they were graded, by half."""
    grades = ("found", "half", "nothing", "wrong", "crash")
    lines = ["| half | kind | " + " | ".join(grades) + " |", "|---|---|" + "---:|" * len(grades)]
    rows = [row for row in rows if row.layout.startswith("faulty")]
    for half in HALVES:
        for kind in sorted({row.kind for row in rows if row.half == half}):
            some = [row.grade for row in rows if (row.half, row.kind) == (half, kind)]
            counts = " | ".join(str(some.count(grade)) for grade in grades)
            lines.append(f"| {half} | {kind} | {counts} |")
    return "\n".join(lines)
