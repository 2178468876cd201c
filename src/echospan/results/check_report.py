"""The report of one check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
How = Literal["declared", "copy", "information", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One fault, or one thing worth knowing.

    Attributes:
        code: Its name in the catalogue, such as ``state-row-mismatch``.
        severity: ``error``: it cannot work, or is not what was asked for. ``warning``: it can harm.
            ``note``: a fact to judge.
        message: What is the matter here, in a sentence or two.
        evidence: Rows, steps and numbers that show it, as plain values; ``exact`` says whether it
            is proved.
        remedy: A line (or a few) to paste.
    """

    code: str
    severity: Severity
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "evidence": dict(self.evidence)}


@dataclass(frozen=True)
class Needs:
    """The lag that the answers need, and how that is known.

    Attributes:
        lag: Steps between a value and the answer that needs it; None where nothing was found.
        how: ``declared`` by the user, a ``copy`` of the input found in the targets, shared
            ``information`` found by statistics (a heuristic), or ``unknown``.
        detail: The numbers behind it, in a sentence.
    """

    lag: int | None
    how: How
    detail: str = ""

    @property
    def exact(self) -> bool:
        """Whether verdicts may rest on it."""
        return self.how in ("declared", "copy")


@dataclass(frozen=True)
class Lag:
    """One line of the reach map.

    Attributes:
        lag: Steps back from the answer.
        forward: Whether a change of the input there changes the answer; None where not probed.
        gradient: Whether the training gradient of the answer reaches the input there.
        strength: The gradient there over the largest of all lags; None where not probed.
        input: Name of the input, where the model has several.
        output: Name of the output, where the model has several.
        needed: Whether that output's answers need this lag.
    """

    lag: int
    forward: bool | None
    gradient: bool | None
    strength: float | None = None
    input: str = ""
    output: str = ""
    needed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values, without names where there is only one input and one output."""
        found = asdict(self)
        if self.input or self.output:
            return found
        return {name: found[name] for name in ("lag", "forward", "gradient", "strength")}


@dataclass(frozen=True)
class CheckData:
    """What a check found. Printing it shows it.

    Attributes:
        findings: In the order in which they matter.
        reach: The reach map, one entry a lag.
        needs_lag: The lag that is needed, and how that is known.
        rows: The arithmetic of the rows, in sentences.
        looked: What was looked at: how many samples, batches, draws.
        skipped: What was not checked, and why.
        versions: Of Python, of echospan and of the frameworks in force, with the backend.
        seconds: How long it took.
    """

    findings: tuple[Finding, ...]
    reach: tuple[Lag, ...] = ()
    needs_lag: Needs = field(default_factory=lambda: Needs(None, "unknown"))
    rows: tuple[str, ...] = ()
    looked: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether no error was found."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that were found, in order."""
        return tuple(finding.code for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as `echospan check --json` prints them."""
        return {
            "ok": self.ok,
            "findings": [finding.to_dict() for finding in self.findings],
            "reach": [lag.to_dict() for lag in self.reach],
            "needs_lag": {**asdict(self.needs_lag), "exact": self.needs_lag.exact},
            "rows": list(self.rows),
            "looked": list(self.looked),
            "skipped": list(self.skipped),
            "versions": dict(self.versions),
            "seconds": self.seconds,
        }
