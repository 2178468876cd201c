"""What `diagnose` finds: four numbers on one axis of steps, and the link that is weakest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from echospan.results.check_report import Finding
from echospan.results.data import Data, frame
from echospan.results.needs import NeedsData
from echospan.results.uses import UsesData

if TYPE_CHECKING:
    import polars

WeakLink = Literal["data", "framing", "architecture", "training", "none", "undecided"]
"""data: no past is shown to help. framing: the samples, batches and resets keep needed steps from
the answer. architecture: the samples hold them, but the model can't look so far. training: the
trained model makes too little of them. none: no link limits. undecided: it can't be told."""

NAMES = ("needs", "framing_reach", "span", "uses")
"""The four numbers, in the order in which they are measured."""


@dataclass(frozen=True)
class Measured(Data):
    """One of the four numbers.

    All count input steps that the answer must see, back from the newest one that is visible.

    Attributes:
        steps: The number; None where there is none.
        interval: Fewest and most steps that it may be; the second is None where no end is known.
        reason: Why there is no number; empty where there is.
        detail: How it was measured, in a sentence.
    """

    steps: int | None = None
    interval: tuple[int, int | None] | None = None
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class DiagnosisData(Data):
    """Where memory is lost, from the data to the trained model. `to_dict` is what
    `echospan diagnose --json` prints.

    All numbers of steps count input steps that the answer must see, back from the newest one that
    is visible: a target that is the input n steps earlier needs n + 1.

    Attributes:
        needs: Steps that the data need; 0 where no past is shown to help, None where not measured.
        framing_reach: Newest steps, of the sample and of carried state, that reach the answer.
        span: Steps that the architecture can remember; None unless asked for.
        uses: Steps that the trained model uses; None where it is untrained, or can't be run.
        weakest_link: What limits the model.
        remedy: Lines to change, and what they should bring; None where there is nothing to change.
        findings: Those of `check`, in the order in which they matter.
        intervals: Fewest and most steps that each number may be, by its name; the second is None
            where no end is known.
        reasons: Why there is no number, by the name of each that is None.
        details: How each number was measured, by its name.
        explanation: A sentence that says why that link is the weakest.
        model: Name of the model.
        framework: What computes it.
        window: Time steps of a sample.
        samples: Samples that were given.
        lookback: All that was found about the data; None where it was not measured.
        usage: All that was found about the trained model; None where it was not measured.
        notes: What else there is to say.
        seed: Of all draws.
        seconds: How long it took.
        stopped: Whether it was interrupted.
    """

    computed: ClassVar[tuple[str, ...]] = ("ok",)

    needs: int | None
    framing_reach: int | None
    span: int | None
    uses: int | None
    weakest_link: WeakLink
    remedy: str | None
    findings: tuple[Finding, ...]
    intervals: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    explanation: str = ""
    model: str = ""
    framework: str = ""
    window: int = 0
    samples: int = 0
    lookback: NeedsData | None = None
    usage: UsesData | None = None
    notes: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = 0.0
    stopped: bool = False

    @property
    def ok(self) -> bool:
        """Whether no fault was found: no weak link with a finding that is an error."""
        limited = self.weakest_link in ("framing", "architecture", "training")
        return not (limited and any(one.severity == "error" for one in self.findings))

    def steps(self, name: str) -> int | None:
        """One of the four numbers by its name.

        Raises:
            KeyError: There is no such number.
        """
        if name not in NAMES:
            raise KeyError(name)
        found: int | None = getattr(self, name)
        return found

    def to_frame(self) -> polars.DataFrame:
        """Return one row per number: name, steps, interval, reason.

        Raises:
            MissingExtra: polars is not installed.
        """
        columns = {
            "number": "String", "steps": "Int64", "low": "Int64", "high": "Int64",
            "reason": "String",
        }  # fmt: skip
        rows = [
            (
                name, self.steps(name), *self.intervals.get(name, (None, None)),
                self.reasons.get(name),
            )
            for name in NAMES
        ]  # fmt: skip
        return frame(columns, rows)
