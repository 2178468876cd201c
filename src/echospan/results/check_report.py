"""The report of one check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from echospan.results.data import Data, frame, plain

if TYPE_CHECKING:
    import polars

Severity = Literal["error", "warning", "note"]
How = Literal["declared", "copy", "information", "unknown"]


@dataclass(frozen=True)
class Finding(Data):
    """One fault, or one thing worth knowing.

    Attributes:
        code: Its name in the catalogue, such as ``state-row-mismatch``.
        severity: ``error``: it cannot work, or is not what was intended. ``warning``: it may harm.
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

    def __post_init__(self) -> None:
        # Lists in place of tuples: equal to itself after a way through JSON.
        object.__setattr__(self, "evidence", plain(self.evidence))


@dataclass(frozen=True)
class Needs(Data):
    """The lag that the answers need, and how that is known.

    Attributes:
        lag: Steps between a value and the target that needs it; None if none was found.
        how: ``declared`` by the user, a ``copy`` of the input found in the targets, shared
            ``information`` found by statistics (a heuristic), or ``unknown``.
        detail: The numbers that it is based on, in a sentence.
    """

    computed: ClassVar[tuple[str, ...]] = ("exact",)

    lag: int | None
    how: How
    detail: str = ""

    @property
    def exact(self) -> bool:
        """Whether verdicts may rest on it."""
        return self.how in ("declared", "copy")


@dataclass(frozen=True)
class Lag(Data):
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
        """Return plain values, without names where there is only one input and one output."""
        values = super().to_dict()
        named = self.input or self.output
        return {k: v for k, v in values.items() if named or k not in ("input", "output")}


@dataclass(frozen=True)
class CheckData(Data):
    """What a check found. `to_dict` is what `echospan check --json` prints.

    Attributes:
        findings: In the order in which they matter.
        reach: The reach map, one entry a lag.
        needs_lag: The lag that is needed, and how that is known.
        rows: The arithmetic of the rows, in sentences.
        looked: What was looked at: how many samples, batches, draws.
        skipped: What was not checked, and why.
        versions: Of Python, of echospan and of the frameworks in use, with the backend.
        seconds: How long it took.
        call: Arguments that stand for the training, as they were used: what was given, or the
            trainer's own default.
        unused: Arguments that were given and play no part in a check, such as ``verbose``.
        baseline: The ``best_constant`` answer (for classes the share of each), its ``loss`` under
            the user's loss, which ``loss_name`` names, and its ``metric``; the loss is None where
            it is not known. Empty where nothing was measured.
        start_loss: The loss with the weights as they are, on some of the samples; None where it is
            not known.
        scales: ``min``, ``max``, ``mean`` and ``std`` of inputs, targets and outputs by name.
    """

    computed: ClassVar[tuple[str, ...]] = ("ok",)

    findings: tuple[Finding, ...]
    reach: tuple[Lag, ...] = ()
    needs_lag: Needs = field(default_factory=lambda: Needs(None, "unknown"))
    rows: tuple[str, ...] = ()
    looked: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    call: dict[str, Any] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    baseline: dict[str, Any] = field(default_factory=dict)
    start_loss: float | None = None
    scales: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether no error was found."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that were found, in order."""
        return tuple(finding.code for finding in self.findings)

    def to_frame(self) -> polars.DataFrame:
        """Return one row per finding: severity, code, message, remedy, whether it is proved.

        Raises:
            MissingExtra: polars is not installed.
        """
        return frame(
            {
                "severity": "String",
                "code": "String",
                "message": "String",
                "remedy": "String",
                "exact": "Boolean",
            },
            [
                (one.severity, one.code, one.message, one.remedy, one.evidence.get("exact"))
                for one in self.findings
            ],
        )


def by_pair(lags: Sequence[Lag], needed: int | None) -> list[tuple[str, list[Lag], int | None]]:
    """Return a reach map's lines by input and output.

    Args:
        lags: The reach map.
        needed: The lag that is needed where there is a single pair.

    Returns:
        Title (empty where there is one pair), lines, and the needed lag of each pair.
    """
    pairs: dict[str, list[Lag]] = {}
    for lag in lags:
        names = [
            f"{kind} {name!r}"
            for kind, name in (("input", lag.input), ("output", lag.output))
            if name
        ]
        pairs.setdefault(", ".join(names), []).append(lag)
    return [
        (title, own, next((lag.lag for lag in own if lag.needed), None) if title else needed)
        for title, own in pairs.items()
    ]
