"""The table of families as Markdown: one column for each version of transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studies.conform.families import FAMILIES

Rows = Mapping[str, Mapping[str, Any]]
"""What was found of one version, by class name."""

WORDS = {
    "conforms": "conforms",
    "fault": "**fault**",
    "cannot_tell": "cannot tell",
    "absent": "not in this version",
    "error": "not checked",
    "timeout": "not checked: time limit",
    "broken": "not checked: it ended early",
}

COUNTED = {
    "conforms": "conform",
    "fault": "have a fault",
    "cannot_tell": "can't be told",
    "error": "can't be checked",
    "timeout": "took too long",
    "broken": "ended early",
}


def page(versions: Sequence[Rows], date: str, machine: str) -> str:
    """Write the table.

    Args:
        versions: Rows by class name, for each version, the oldest first.
        date: When it was measured.
        machine: Where.
    """
    lines = [
        "# Causal language models of transformers",
        "",
        f"`echospan conform hf:CLASS` for each class, measured on {date}; {machine}.",
        "Each model has small sizes and enlarged random weights, and is computed in float64. A "
        "fault is given with",
        "its smallest case, the largest difference, and the standard deviation of the outputs. "
        "Seconds are of CPU.",
        "`make conform-table` makes this page.",
        "",
        *(_summary(found) for found in versions),
    ]
    for kind, names in FAMILIES.items():
        chosen = [name for name in names if any(name in found for found in versions)]
        if chosen:
            lines += ["", f"## {kind}", "", *_table(chosen, versions)]
    return "\n".join(lines) + "\n"


def _summary(found: Rows) -> str:
    rows = [row for row in found.values() if row["verdict"] != "absent"]
    counts = ", ".join(
        f"{count} {words}"
        for verdict, words in COUNTED.items()
        if (count := sum(row["verdict"] == verdict for row in rows))
    )
    named = ", ".join(f"{name} {version}" for name, version in _versions(found).items())
    return f"- {named}: {len(rows)} classes: {counts}."


def _versions(found: Rows) -> Mapping[str, str]:
    return next((row["versions"] for row in found.values() if row.get("versions")), {})


def _table(names: Sequence[str], versions: Sequence[Rows]) -> list[str]:
    heads = [_versions(found).get("transformers", "") for found in versions]
    cells = [["class", *(each for head in heads for each in (head, "s"))]]
    cells.append(["---"] * len(cells[0]))
    for name in names:
        row = [f"`{name}`"]
        for found in versions:
            row += _cell(found[name]) if name in found else ["", ""]
        cells.append(row)
    return ["| " + " | ".join(each.replace("|", "\\|") for each in row) + " |" for row in cells]


def _cell(row: Mapping[str, Any]) -> list[str]:
    checks = row.get("checks", ())
    parts = [WORDS[row["verdict"]]]
    faults = [_fault(each) for each in checks if each["verdict"] == "fault"]
    if faults:
        parts.append(": " + "; ".join(faults))
    elif row.get("reason"):
        parts.append(f": {row['reason']}")
    for verdict, word in (("not_promised", "not promised"), ("refuses", "not supported")):
        listed = ", ".join(each["name"] for each in checks if each["verdict"] == verdict)
        if listed:
            parts.append(f"<br>{word}: {listed}")
    seconds = row.get("cpu_seconds")
    return ["".join(parts), "" if seconds is None else f"{seconds:.0f}"]


def _fault(check: Mapping[str, Any]) -> str:
    case = dict(check["smallest_case"])
    cuts = case.pop("cuts", [])
    parts = [str(list(cuts)), *(f"{name} {value}" for name, value in case.items())]
    difference = check["difference"]
    size = "wrong shape" if difference is None else f"{difference:.2g} / {check['spread']:.2g}"
    return f"{check['name']} ({', '.join(parts)}; {size})"
