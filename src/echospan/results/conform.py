"""What `conform` finds: one row a check, and the verdict over all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from echospan.arguments import text, validated
from echospan.errors import unknown
from echospan.results.data import Data, finite, frame, plain

if TYPE_CHECKING:
    import polars

CheckVerdict = Literal["pass", "grain", "fault", "refuses", "not_promised", "cannot_tell"]
"""pass: equal within the tolerance. grain: a difference that rounding inside the model explains; it
counts as a pass. fault: it differs. refuses: the model raises an error instead of a wrong answer.
not_promised: it differs, and the library does not promise this. cannot_tell: nothing was shown."""

ConformVerdict = Literal["conforms", "fault", "cannot_tell"]


@dataclass(frozen=True)
class ConformCheck(Data):
    """One check of how a model carries its state.

    Attributes:
        name: Of the check, such as ``chunks``.
        verdict: What was found.
        difference: The largest absolute difference of an answer; None where nothing was compared.
        tolerance: The difference up to which answers are equal.
        power: The difference that a lost state makes; None where it does not bear on this check.
        spread: The standard deviation of the answers, to judge the difference by.
        smallest_case: The smallest case with a fault: ``batch``, ``cuts`` (lengths of the chunks)
            and what else the check needs. Empty where there is no fault.
        cause: The likely cause of a fault, in a sentence with its evidence.
        reason: Why it is refused, not promised, or cannot be told, in a sentence.
        own_weights: The difference in the smallest case with the weights that the user's model
            has; None where that is the same run.
        cases: How many cases were compared.
        script: A program without echospan that shows the fault; empty where there is none.
    """

    name: str
    verdict: CheckVerdict
    difference: float | None = None
    tolerance: float | None = None
    power: float | None = None
    spread: float | None = None
    smallest_case: Mapping[str, Any] = field(default_factory=dict)
    cause: str = ""
    reason: str = ""
    own_weights: float | None = None
    cases: int = 0
    script: str = ""

    def __post_init__(self) -> None:
        # Lists in place of tuples: equal to itself after a way through JSON.
        object.__setattr__(self, "smallest_case", plain(self.smallest_case))

    @property
    def passed(self) -> bool:
        """Whether it is a pass, or grain."""
        return self.verdict in ("pass", "grain")


@dataclass(frozen=True)
class ConformData(Data):
    """Whether a model carries its state rightly.

    Attributes:
        model: What was checked.
        framework: What computes it, such as ``torch``.
        precision: Float type in which it was computed.
        checks: One row a check, in the order in which they ran.
        versions: Versions of what the model is made of, by package.
        seconds: How long it took.
        notes: What was done to the model before it was checked, and what else is worth knowing.
        strict: Whether nothing was let through as not promised.
        stopped: Whether it was interrupted before all checks had run.
    """

    computed: ClassVar[tuple[str, ...]] = ("verdict",)

    model: str
    framework: str
    precision: str
    checks: tuple[ConformCheck, ...]
    versions: Mapping[str, str]
    seconds: float
    notes: tuple[str, ...] = ()
    strict: bool = False
    stopped: bool = False

    @property
    def faults(self) -> tuple[ConformCheck, ...]:
        """The checks that found a fault."""
        return tuple(check for check in self.checks if check.verdict == "fault")

    @property
    def verdict(self) -> ConformVerdict:
        """``fault`` if a check found one; ``cannot_tell`` if one can't tell or none passed.

        Without any run from a state, or without a measure of what a lost one costs, nothing can be
        told either.
        """
        if self.faults:
            return "fault"
        verdicts = {check.name: check.verdict for check in self.checks}
        going_on = [verdicts[name] for name in ("steps", "chunks") if name in verdicts]
        if (
            not any(check.passed for check in self.checks)
            or "cannot_tell" in verdicts.values()
            or verdicts.get("power") == "refuses"
            or (going_on and set(going_on) == {"refuses"})
        ):
            return "cannot_tell"
        return "conforms"

    def __getitem__(self, name: str) -> ConformCheck:
        """The row of a check.

        Raises:
            KeyError: There is no check of that name.
        """
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(name)

    @validated(check=text)
    def script(self, check: str | None = None) -> str:
        """Return a program without echospan that shows a fault, to run or to report.

        Args:
            check: Name of a check; left out, the first with a fault that has a program.

        Returns:
            The program; empty where there is no fault, or no program can show it.

        Raises:
            ConfigError: No check of that name was made.
        """
        if check is None:
            return next((one.script for one in self.faults if one.script), "")
        for one in self.checks:
            if one.name == check:
                return one.script
        raise unknown("check", [one.name for one in self.checks], check)

    def to_frame(self) -> polars.DataFrame:
        """Return one row per check: its verdict, the numbers, the smallest case, cause and reason.

        Raises:
            MissingExtra: polars is not installed.
        """
        columns = {
            "check": "String", "verdict": "String", "difference": "Float64",
            "tolerance": "Float64", "power": "Float64", "spread": "Float64",
            "own_weights": "Float64", "cases": "Int64", "smallest_case": "String",
            "cause": "String", "reason": "String",
        }  # fmt: skip
        rows = [
            (
                one.name, one.verdict, one.difference, one.tolerance, one.power, one.spread,
                one.own_weights, one.cases,
                json.dumps(finite(one.smallest_case)) if one.smallest_case else "",
                one.cause, one.reason,
            )
            for one in self.checks
        ]  # fmt: skip
        return frame(columns, rows)
