"""The outcomes of all sound set-ups as a Markdown page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from doctor.street.sound.checking import SEVERITIES, Checked
from doctor.street.sound.table import Trained, trained


def page(outcomes: Sequence[Checked]) -> str:
    """The score, a table, and every error and warning in full."""
    return "\n".join([*_score(outcomes), *_table(outcomes), *_in_full(outcomes), *_left(outcomes)])


def _score(outcomes: Sequence[Checked]) -> list[str]:
    lines = ["# The doctor on sound set-ups", ""]
    clean = sum(one.clean for one in outcomes)
    failures = sum(bool(one.failure) for one in outcomes)
    lines += [f"- cases: {len(outcomes)}, of which {clean} without error, warning or exception"]
    for severity in SEVERITIES:
        counted = Counter(f.code for one in outcomes for f in one.of(severity))
        told = ", ".join(f"`{code}` {number}" for code, number in counted.most_common())
        lines.append(f"- {severity}s: {counted.total()}{f' ({told})' if told else ''}")
    return [*lines, f"- exceptions: {failures}", ""]


def _table(outcomes: Sequence[Checked]) -> list[str]:
    lines = [
        "| case | first loss | last loss | best constant | found |",
        "|---|---:|---:|---:|---|",
    ]
    measured = trained()
    for one in outcomes:
        codes = [f"{severity} `{f.code}`" for severity in SEVERITIES for f in one.of(severity)]
        codes += ["exception"] if one.failure else []
        numbers = _numbers(measured.get(one.name))
        lines.append(f"| {one.kind}.{one.name} | {numbers} | {'; '.join(codes) or '-'} |")
    return [*lines, ""]


def _numbers(found: Trained | None) -> str:
    if found is None:
        return "- | - | -"
    return f"{found.first:.3g} | {found.last:.3g} | {found.constant:.3g}"


def _in_full(outcomes: Sequence[Checked]) -> list[str]:
    lines = ["## Errors, exceptions and warnings in full", ""]
    for one in outcomes:
        if not one.clean:
            lines += [f"### {one.kind}.{one.name}", "", one.source, ""]
            told = [f for severity in SEVERITIES[:2] for f in one.of(severity)]
            lines += [f"- {f.severity} `{f.code}`: {f.message}" for f in told]
            lines += [f"- exception: {one.failure}"] if one.failure else []
            lines.append("")
    return lines


def _left(outcomes: Sequence[Checked]) -> list[str]:
    left = [one for one in outcomes if one.skipped]
    if not left:
        return []
    lines = ["## Left out by the check, by its own word", ""]
    return [*lines, *[f"- {o.kind}.{o.name}: {'; '.join(o.skipped)}" for o in left], ""]
