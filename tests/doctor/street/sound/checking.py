"""What the doctor says about a sound set-up, as lines and as a page."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import echospan
from doctor.street.sound.case import SoundCase
from doctor.street.sound.table import trained
from echospan.doctor import Finding

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Checked:
    """What came of one case.

    Attributes:
        case: The case.
        findings: What was found.
        skipped: What the check left out, by its own word.
        failure: The exception that the check raised; empty if it raised none.
        seconds: How long the check took.
    """

    case: SoundCase
    findings: tuple[Finding, ...]
    skipped: tuple[str, ...]
    failure: str
    seconds: float

    def of(self, severity: str) -> list[Finding]:
        """The findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]

    def __str__(self) -> str:
        told = [f"{severity}: {f.code}" for severity in SEVERITIES for f in self.of(severity)]
        told += [f"FAILED {self.failure}"] if self.failure else []
        return (
            f"{self.case.kind}.{self.case.name} ({self.seconds:.1f} s): "
            f"{', '.join(told) or 'nothing found'}"
        )


def check(case: SoundCase) -> Checked:
    """Build a case and hand it to echospan, as its user would."""
    given = case.build()
    started = time.perf_counter()
    try:
        report = getattr(echospan, case.api)(**given)
    except Exception as error:
        # One case that fails must not hide the others.
        said = f"{type(error).__name__}: {error}"
        return Checked(case, (), (), said, time.perf_counter() - started)
    seconds = time.perf_counter() - started
    return Checked(case, tuple(report.findings), tuple(report.skipped), "", seconds)


def page(outcomes: Sequence[Checked]) -> str:
    """The score and every error and warning, as Markdown."""
    lines = ["# The doctor on sound set-ups", ""]
    for severity in SEVERITIES:
        counted = Counter(f.code for one in outcomes for f in one.of(severity))
        told = ", ".join(f"{code} {number}" for code, number in counted.most_common())
        lines.append(f"- {severity}s: {sum(counted.values())}{f' ({told})' if told else ''}")
    clean = sum(not one.failure and not one.of("error") and not one.of("warning") for one in outcomes)
    failures = sum(bool(one.failure) for one in outcomes)
    lines += [
        f"- exceptions: {failures}",
        f"- cases: {len(outcomes)}, of which {clean} without error, warning or exception",
        "",
    ]
    lines += ["| case | first loss | last loss | best constant | found |", "|---|---:|---:|---:|---|"]
    measured = trained()
    for one in outcomes:
        loss = measured.get(one.case.name)
        numbers = (
            f"{loss.first:.3g} | {loss.last:.3g} | {loss.constant:.3g}" if loss else "- | - | -"
        )
        codes = [f"{severity} {f.code}" for severity in SEVERITIES for f in one.of(severity)]
        found = "; ".join(codes + (["exception"] if one.failure else [])) or "-"
        lines.append(f"| {one.case.kind}.{one.case.name} | {numbers} | {found} |")
    lines += ["", "## Errors, exceptions and warnings in full", ""]
    for one in outcomes:
        told = [f for severity in SEVERITIES[:2] for f in one.of(severity)]
        if not told and not one.failure:
            continue
        lines += [f"### {one.case.kind}.{one.case.name}", "", one.case.source, ""]
        lines += [f"- {f.severity} `{f.code}`: {' '.join(f.message.split())}" for f in told]
        lines += [f"- exception: {' '.join(one.failure.split())}"] if one.failure else []
        lines.append("")
    left = [(one.case, one.skipped) for one in outcomes if one.skipped]
    if left:
        lines += ["## Left out by the check, by its own word", ""]
        lines += [f"- {case.kind}.{case.name}: {'; '.join(said)}" for case, said in left]
        lines.append("")
    return "\n".join(lines)
