"""Make findings, which is what a probe returns, and put them in order.

A probe is a plain function that looks at one thing and returns a list of `Finding`s, empty where
all is well::

    def too_loud(examination: Examination) -> list[Finding]: ...

It makes them with `find`, which takes the code's usual severity and remedy from the catalogue, so
that only what differs is said. `evidence` holds plain values (they go into JSON): rows, steps,
numbers, and `exact`, whether the finding is proved or a heuristic. Probes know no framework.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from echospan.arguments import flag, one_of, optional, text, validated
from echospan.doctor.catalogue import entry
from echospan.results.check_report import Finding, Severity


@validated(
    code=text,
    message=text,
    remedy=optional(text),
    severity=optional(one_of("note", "warning", "error")),
    exact=flag,
)
def find(
    code: str,
    message: str,
    *,
    remedy: str | None = None,
    severity: Severity | None = None,
    exact: bool = True,
    **evidence: Any,
) -> Finding:
    """A finding, with the severity and the remedy of its entry unless others are given.

    Args:
        code: Its name in the catalogue.
        message: What is the matter here.
        remedy: Lines to paste; left out, the entry's own for Keras.
        severity: How bad it is here.
        exact: Whether it is proved.
        **evidence: Plain values that show it.

    Raises:
        ConfigError: The catalogue has no such code.
    """
    known = entry(code)
    return Finding(
        code=code,
        severity=severity or known.severity,
        message=message,
        evidence={"exact": exact, **evidence},
        remedy=known.remedy.get("keras", "") if remedy is None else remedy,
    )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings as a report names them: unreachable first, then weakly taught; notes last.

    Of two findings with the same code only the first stays, unless their messages differ. A general
    one moves into the evidence of one that covers it.
    """
    unique = list({(finding.code, finding.message): finding for finding in findings}.values())
    unique = covered(unique)
    codes = {finding.code for finding in unique}

    def place(finding: Finding) -> tuple[bool, int]:
        known = entry(finding.code)
        ranks = [rank for code, rank in known.behind.items() if code in codes]
        return finding.severity == "note", max([known.rank, *ranks])

    return tuple(sorted(unique, key=place))


_SEVERITIES: tuple[Severity, ...] = ("note", "warning", "error")


def covered(findings: Sequence[Finding]) -> list[Finding]:
    """Findings without those for which a more specific one stands.

    The specific one keeps code and message of the others in its evidence, as ``covers``. It stands
    for none that is more severe than itself, or about another cause, input or output.
    """
    found = []
    for finding in findings:
        if any(_stands_for(other, finding) for other in findings):
            continue
        others = [other for other in findings if _stands_for(finding, other)]
        if others:
            told = [{"code": other.code, "message": other.message} for other in others]
            finding = replace(finding, evidence={**finding.evidence, "covers": told})
        found.append(finding)
    return found


def _stands_for(specific: Finding, general: Finding) -> bool:
    if general.code not in entry(specific.code).covers:
        return False
    if _SEVERITIES.index(general.severity) > _SEVERITIES.index(specific.severity):
        return False
    one, other = specific.evidence, general.evidence
    if one.get("cause") != other.get("cause"):
        return False
    both = [name for name in ("input", "output") if name in one and name in other]
    return all(one[name] == other[name] for name in both)
