"""The page of measured coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources

from studies.coverage.cell import Found


def page(parts: Mapping[str, Sequence[Found]], date: str, machine: str) -> str:
    """All cells as they came out, as Markdown."""
    found = [one for part in parts.values() for one in part]
    inside, repeats = sum(one.inside for one in found), found[0].repeats
    lines = [
        "# Coverage of the intervals",
        "",
        f"Measured on {date}, {machine}, by `make coverage`: {repeats:,} repeats a row, each drawn "
        "and scored anew.",
        f"{inside} of {len(found)} rows are as they should be; the others are marked.",
        "",
        resources.files("studies.coverage").joinpath("rules.md").read_text("utf-8").rstrip(),
    ]
    for title, rows in parts.items():
        lines += ["", f"## {title}", "", *_table(rows)]
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[Found]) -> list[str]:
    lines = ["| data | intervals given | contain the truth | |", "|---|---|---|---|"]
    for one in rows:
        mark = "" if one.inside else "above" if one.share > one.cell.high else "**below**"
        lines.append(
            f"| {one.cell.name} | {100 * one.given / one.repeats:.0f} % | {one.share:.1f} % | "
            f"{mark} |"
        )
    return lines
