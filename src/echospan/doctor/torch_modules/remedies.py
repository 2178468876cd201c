"""Remedies in a framework's own words, where those of the shared probes are Keras's."""

from __future__ import annotations

from dataclasses import replace

from echospan.doctor.catalogue import entry
from echospan.results.check_report import Finding


def in_words_of(framework: str, finding: Finding) -> Finding:
    """The finding with the remedy that its entry has for a framework, if it has one."""
    texts = entry(finding.code).remedy
    if framework not in texts or ("keras" in texts and finding.remedy != texts["keras"]):
        return finding
    return replace(finding, remedy=texts[framework])
