"""docs/environments.md, from the table and the records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tools.environments.jobs import CORE, JOBS
from tools.environments.records import MADE, Record
from tools.environments.table import ROOT, Environment, project

PAGE = ROOT / "docs" / "environments.md"

SHOWN = ("python", "jax", "keras", "numpy", "torch")
NAMES = {"python": "Python", "jax": "JAX", "keras": "Keras", "numpy": "NumPy", "torch": "PyTorch"}

TIMES = """Seconds are given where nothing else ran on the machine, and left out where it was
shared. What installing takes, and the time from nothing to a first check and a first run, are
measured apart; see [sizes and times](install.md#sizes-and-times)."""

HEAD = """# Environments

`make environments` makes each of these environments with pip, installs echospan's wheel into it,
runs what is named, and writes this page. What the tables don't name wasn't run.

## What is tested

Linux on x86-64, in the environments below. `.ci/run` runs a part of it:

{ci}

`core` is the quick tests of {core}:
the folders whose outcome the versions of Python, JAX, Keras and NumPy can change. `quick` is the
whole quick suite.

## What is not tested

- **Python 3.14** is declared. Nothing was run on it.
- **macOS and Windows**: the code was read for what these systems lack. Nothing was run there.
  echospan imports no module that only Linux has, and asks psutil whether a process lives. Files are
  opened relative to a folder's descriptor where the system can do that. Windows can't: there, links
  are looked for before a file is opened, and one that is put in its place in between isn't noticed.
  Without compiled kernels training uses the JAX path.
- **PyTorch** older than 2.13: the range in `pyproject.toml` follows from what the code
  calls.
- **Versions between** those in the table, and combinations of them that it doesn't have.

## What came out
"""


def page(environments: Sequence[Environment], records: dict[str, Record]) -> str:
    """The text of the page."""
    ci = "\n".join(
        f"- {each.name}: {', '.join(f'`{job}`' for job in each.ci)}"
        for each in environments
        if each.ci
    )
    parts = [HEAD.format(ci=ci, core=", ".join(CORE)), _versions(environments, records)]
    parts += ["\n## What was run\n", _outcomes(environments, records), _jobs(), _ranges()]
    return "\n".join(parts)


def write(environments: Sequence[Environment], records: dict[str, Record], to: Path = PAGE) -> None:
    """Write the page."""
    to.write_text(page(environments, records), "utf-8")


def _versions(environments: Sequence[Environment], records: dict[str, Record]) -> str:
    lines = [
        f"| environment | stands for | {' | '.join(NAMES[name] for name in SHOWN)} |",
        "|" + "---|" * (2 + len(SHOWN)),
    ]
    for each in environments:
        found = records.get(each.name, Record()).versions
        cells = " | ".join(found.get(name, "–") for name in SHOWN)
        lines.append(f"| {each.name} | {each.about} | {cells} |")
    return "\n".join(lines)


def _outcomes(environments: Sequence[Environment], records: dict[str, Record]) -> str:
    lines = [
        "| environment | job | outcome | what it said | seconds | processor seconds | date |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in environments:
        record = records.get(each.name, Record())
        for job in (MADE, *each.jobs):
            got = record.outcomes.get(job)
            if got is None and job == MADE:
                # Made earlier, and its time not taken.
                continue
            if got is None:
                lines.append(f"| {each.name} | {job} | not run | – | – | – | – |")
                continue
            word = "passed" if got["passed"] else "**failed**"
            # Times of a machine that had others to serve are no measurements.
            alone = got.get("alone", False)
            times = f"{got['seconds']:,.0f} | {got['cpu_seconds']:,.0f}" if alone else "– | –"
            row = f"| {each.name} | {job} | {word} | {_cell(got['said'])} | {times}"
            lines.append(f"{row} | {got['date']} |")
    lines += ["", TIMES]
    return "\n".join(lines)


def _jobs() -> str:
    lines = ["\nThe jobs:\n", "| job | what it is |", "|---|---|"]
    lines.append(f"| {MADE} | Make the environment and install echospan, or only the latter |")
    return "\n".join([*lines, *(f"| {name} | {job.about} |" for name, job in JOBS.items())])


def _ranges() -> str:
    read = project()
    lines = [
        "\n## The ranges\n",
        f"Python {read['requires-python']}. The core and the extras that a user installs:\n",
    ]
    extras = {"core": read["dependencies"], **read["optional-dependencies"]}
    shown = {
        name: needs for name, needs in extras.items() if name not in ("test", "docs", "browser")
    }
    return "\n".join(
        [
            *lines,
            "| extra | needs |",
            "|---|---|",
            *(
                f"| {name} | {', '.join(f'`{n}`' for n in needs)} |"
                for name, needs in shown.items()
            ),
            "",
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _list(requirements: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in requirements)
