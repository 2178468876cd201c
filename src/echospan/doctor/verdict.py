"""The order in which findings are told: first what makes learning impossible."""

from __future__ import annotations

from collections.abc import Iterable

from echospan.doctor.catalogue import entry
from echospan.results.check_report import Finding


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings as a report names them: unreachable first, then weakly taught; notes last.

    Of two findings with the same code only the first stays, unless their messages differ.
    """
    unique = {(finding.code, finding.message): finding for finding in findings}
    codes = {finding.code for finding in unique.values()}

    def place(finding: Finding) -> tuple[bool, int]:
        known = entry(finding.code)
        ranks = [rank for code, rank in known.behind.items() if code in codes]
        return finding.severity == "note", max([known.rank, *ranks])

    return tuple(sorted(unique.values(), key=place))
