"""The part of the benchmark's page that is about cases from public threads."""

from __future__ import annotations

import ast
import platform
import re
from collections.abc import Sequence

from doctor.bench.page import PARTS, write_part
from doctor.street.threads.runner import HALVES, HERE, Row, by_kind, summary


def source(half: str, name: str) -> str:
    """Site, repository and number of a thread, such as ``github.com/keras-team/keras/issues/1``."""
    said = ast.get_docstring(ast.parse((HERE / half / f"{name}.py").read_text("utf-8"))) or ""
    address = re.search(r"^Source: (\S+)", said)
    assert address is not None
    return address.group(1).removeprefix("https://").rstrip(".,;")


def write_threads(rows: Sequence[Row]) -> None:
    """Write it anew from what came out.

    Args:
        rows: All layouts of both halves.
    """
    lines = [
        "Each case is a fault that somebody reported in public and whose cause was named there, "
        "rebuilt small in our own words, with the repair that the thread gives. `check` must name "
        "the cause in an error or a warning, and leave the repaired layout alone. The *open* half "
        "was used to improve the check. The *blind* half was not read by anyone who changed it; "
        "of five of its cases the expected codes were seen by accident. "
        "`python -m doctor.street.threads --write` (in `tests`) writes this part. The score before "
        "any change is in tests/doctor/street/threads/BEFORE.md.",
        "",
        "```text",
        *(line for line in summary(rows).splitlines() if "median" not in line),
        "```",
        "",
        f"On {platform.machine()}, Python {platform.python_version()}.",
        "",
        by_kind(rows),
        "",
        "| half | thread | layout | grade | findings |",
        "|---|---|---|---|---|",
    ]
    for half in HALVES:
        for row in rows:
            if row.half != half:
                continue
            found = row.findings
            shown = (
                found[:100]
                if isinstance(found, str)
                else ", ".join(f"`{code}` {severity}" for code, severity in found)
            )
            lines.append(
                f"| {half} | {source(half, row.name)} | {row.layout} | {row.grade} "
                f"| {shown.replace('|', '/') or '-'} |"
            )
    write_part(PARTS[1], lines)
