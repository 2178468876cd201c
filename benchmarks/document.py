"""RESULTS.md: the tables, what they mean, and what they were measured on and with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from benchmarks.jobs import Axis
from benchmarks.machine import sentence
from benchmarks.record import Record
from benchmarks.result import Result
from benchmarks.table import (
    along,
    contender_table,
    failures,
    growth_table,
    shared_keys,
    verdict_table,
)
from echospan.report.files import write_whole

HOW = """\
Each contender trains the same model (the same cell, the same number of parameters) with Adam on
fresh sequences at every update, in a process of its own on one core. The repeats are interleaved
and ratios are taken within a repeat; shown is median [minimum, maximum] over repeats. Compilation
and warm-up are excluded on every side, except where whole processes are compared. echospan's time
includes drawing the data; the peers' data are drawn before their clock starts. PyTorch's thread
count, oneDNN and way through the steps, and whether Flax compiles one update or a scan over ten
epochs, are the fastest of a trial. In the window job a state is carried over the four updates of
an epoch, except with Keras `fit` on JAX, which leaves it at zero.

- *loss*: the mean training loss over the last quarter of the updates that both sides have done (or
  of the last call of `fit`), the contender's and echospan's, and how many updates that is. A "(!)"
  marks a difference of more than a tenth of the loss at the start.
- *share of limit*: the time that the update's matrix products alone take, over the time of the
  update. Counted are forward and backward of the recurrent, the output and (of an embedding) the
  input products, each shape timed by itself with NumPy's OpenBLAS on the same core, those of the
  time steps as a stack without Python in between, the fastest of many. A one-hot input needs no
  product.
- *of peak*: the same products at the rate of one 2048 x 2048 x 2048 product.
- *MiB*: the most resident memory of the contender's process, libraries included.
- *check-torch* and *check-keras*: `echospan.check` on 1,000 windows of 23 steps, each time in a new
  process after its imports, on all cores. It should stay under 1.5 s with torch and 4 s with Keras
  on JAX, on an idle machine of two cores.
- *the output layer's three products*: forward and both of backward, timed by JAX in echospan's own
  process."""

TITLES: dict[Axis, str] = {
    "length": "Length",
    "parameters": "Parameters",
    "batch": "Batch",
    "symbols": "Symbols",
    "seeds": "Seeds",
}


def tables(record: Record, results: Sequence[Result]) -> str:
    """What the terminal shows."""
    parts = [sentence(record.machine), contender_table(results)]
    if len(targets := verdict_table(results).splitlines()) > 2:
        parts.append("\n".join(targets))
    if failed := failures(results):
        parts.append("\n".join(failed))
    return "\n\n".join(parts)


def document(record: Record, results: Sequence[Result], figures: Sequence[Path]) -> str:
    """The text of RESULTS.md; figures are named relative to it."""
    names = {path.stem: f"{path.parent.name}/{path.name}" for path in figures}
    parts = [
        "# Results",
        "Written by `make bench ARGS='--write benchmarks'`; do not edit.",
        f"Measured on {record.date}: {sentence(record.machine)}",
        "## Targets",
        verdict_table(results),
    ]
    if "ratios" in names:
        parts.append(f"![How many times longer each peer took]({names['ratios']})")
    parts += ["## All jobs", contender_table(results)]
    parts += [f"- {line}" for line in failures(results)]
    parts += [f"- {line}" for line in notes(results)]
    parts.append("## How time grows")
    for axis in get_args(Axis):
        points = along(axis, results)
        if len(points) > 1 and shared_keys(points):
            parts += [
                f"### {TITLES[axis]}",
                "Median, in milliseconds per update.",
                growth_table(axis, results),
            ]
            if axis in names:
                parts.append(f"![{TITLES[axis]}]({names[axis]})")
    parts += ["## How it was measured", HOW, "## Versions and settings"]
    parts.append("\n".join(versions(results)))
    took = sum(result.took for result in results)
    parts.append(
        f"Measuring took {took / 60:.1f} minutes: "
        + ", ".join(f"{result.job} {result.took:.0f} s" for result in results)
        + "."
    )
    return "\n\n".join(parts) + "\n"


def write_all(folder: Path, record: Record, results: Sequence[Result]) -> Path:
    """Write RESULTS.md and its figures into a folder; the file."""
    from benchmarks.plots import write

    figures = write(folder / "figures", results, record.machine["cpu"])
    text = document(record, results, figures)
    return write_whole(folder / "RESULTS.md", text.encode(), "--write")


def notes(results: Sequence[Result]) -> list[str]:
    """What should be known of single numbers."""
    found = [f"{r.job}, {m.name}: {m.note}." for r in results for m in r.measured if m.note]
    short = [
        f"{r.job}: {done} of {r.asked} repeats."
        for r in results
        if 0 < (done := max((len(m.seconds) for m in r.measured), default=0)) < r.asked
    ]
    return found + short


def versions(results: Sequence[Result]) -> list[str]:
    """A line for each contender: versions, and the settings that its trials chose."""
    seen: dict[str, str] = {}
    chosen: dict[str, dict[str, list[str]]] = {}
    for result in results:
        for measured in result.measured:
            about = measured.about
            if not about:
                continue
            seen[measured.name] = ", ".join(f"{k} {v}" for k, v in about["versions"].items())
            if about["settings"]:
                words = ", ".join(f"{k} {v}" for k, v in about["settings"].items())
                chosen.setdefault(measured.name, {}).setdefault(words, []).append(result.job)
    lines = []
    for name, text in seen.items():
        lines.append(f"- {name}: {text}")
        lines += [f"  - {words}: {', '.join(jobs)}" for words, jobs in chosen.get(name, {}).items()]
    return lines
