"""The bench's page of the documentation."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from doctor.bench.case import Outcome
from doctor.bench.runner import ROOT, table

PAGE = ROOT / "docs" / "doctor-bench.md"

TITLE = "# Benchmark of check"

PARTS = ("## Our own cases", "## Cases from public threads")
"""Headings of the page's two parts; each is written by a command of its own."""


def write_part(heading: str, lines: Sequence[str]) -> None:
    """Write one part of the page anew, and keep the other as it stands.

    Args:
        heading: One of `PARTS`.
        lines: What stands under it.
    """
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    parts = {part: f"{part}\n\nNot run yet.\n" for part in PARTS}
    for piece in text.split("\n## "):
        for part in PARTS:
            if f"## {piece}".startswith(f"{part}\n"):
                parts[part] = f"## {piece}".strip() + "\n"
    parts[heading] = "\n".join([heading, "", *lines]).strip() + "\n"
    PAGE.write_text("\n".join([f"{TITLE}\n", *(parts[part] for part in PARTS)]), "utf-8")


def write_page(outcomes: Sequence[Outcome]) -> None:
    """Write the part about our own cases anew from what came out."""
    missed = [o for o in outcomes if not o.detected]
    cried = [o for o in outcomes if o.cried]
    lines = [
        "Each case is a small framing with one fault, and a twin that differs only in not having "
        "it. `check` must find the fault. In the twin it must find neither that code nor any "
        "error. `python -m doctor.bench --write` (in `tests`) writes this page:",
        "",
        table(outcomes),
        "",
        f"{len(outcomes)} cases with as many twins, on {platform.machine()}, Python "
        f"{platform.python_version()}.",
        "",
        "### Missed",
        "",
        *([f"- {o.code}, {o.backend}: {o.name}" for o in missed] or ["None."]),
        "",
        "### False alarms",
        "",
        *([f"- {o.code}, {o.backend}: {o.name}: {', '.join(o.cried)}" for o in cried] or ["None."]),
        "",
        "### The cases",
        "",
        "| code | case | backend | after |",
        "|---|---|---|---|",
        *(f"| {o.code} | {o.name} | {o.backend} | {o.source} |" for o in outcomes),
        "",
        "The last column gives the number of a GitHub thread in which users reported the fault: "
        "keras, tensorflow, pytorch and OWNER/NAME are repositories. Each thread was read, and the "
        "cases were written from its description.",
    ]
    write_part(PARTS[0], lines)
