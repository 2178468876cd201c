"""The facts that a verdict rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from echospan.measure import Interval
from echospan.models import Learns
from echospan.results.capacity import Capacity


@dataclass(frozen=True)
class Failure:
    """The facts about the smallest lag that failed.

    Attributes:
        lag: Steps back, or the task's distance.
        accuracy: Accuracy of the median seed; for numbers, R2.
        interval: Its confidence interval.
        solved_share: Share of seeds that solved it.
        other_rate: A rate at which a seed solved it on validation sequences, if there is one.
        endings: How its trials ended.
        falling: Whether a training loss was still falling at the end.
        updates: The most that one of its trials made.
        at_trained_length: Accuracy on sequences as long as in training; None where not measured.
        forward: The farthest input that affects the output, in steps back.
        gradient: Gradient at the input `reach` steps back, relative to the newest; None if not
            known.
        gradient_start: The same before training.
        reach: A prediction needs an input at least this many steps back.
        bits_needed: Bits that must be held to get every target right; None if not known.
    """

    lag: int
    accuracy: float
    interval: Interval
    solved_share: float
    endings: tuple[str, ...]
    falling: bool
    updates: int
    reach: int
    bits_needed: float | None = None
    other_rate: float | None = None
    at_trained_length: float | None = None
    forward: int | None = None
    gradient: float | None = None
    gradient_start: float | None = None


@dataclass(frozen=True)
class Facts:
    """All that the verdict rests on.

    Attributes:
        chance: Score of the best constant prediction at that lag.
        threshold: Share above which a lag counts as solved.
        span: The largest lag such that it and every tested smaller one is solved.
        largest: The largest lag to try.
        learns: How the model is trained.
        checks: Outcomes of the checks by name.
        evidence: Their evidence by name.
        failure: The smallest lag that failed, if one did.
        undecided: The smallest lag that the budget left open, if one was.
        untried: The lag that would have been next, had the budget not ended.
        receptive_field: Steps that an output can depend on, as declared or measured.
        bits: Bits that the state can hold; None if not known.
        capacity: Bits that predictions prove to be held; None if they prove nothing.
        truncated: Whether it is trained one step per update, so that no gradient reaches back.
        forgets: Whether it gets single steps and carries no state from one to the next.
        ended: What ended the search before everything was decided.
        interrupted: Whether the user ended it early.
        difficulty_name: What the task calls a lag.
        scored_as: "accuracy", or "R2" for numbers.
    """

    chance: float
    threshold: float
    span: int
    largest: int
    learns: Learns
    checks: Mapping[str, bool | None]
    evidence: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    undecided: int | None = None
    untried: int | None = None
    receptive_field: int | None = None
    bits: float | None = None
    capacity: Capacity | None = None
    truncated: bool = False
    forgets: bool = False
    ended: str = ""
    interrupted: bool = False
    difficulty_name: str = "lag"
    scored_as: str = "accuracy"

    def does(self, share: float) -> str:
        """The end of a sentence about the model: "is right in 97.0%"."""
        if self.scored_as == "R2":
            return f"explains {share:.1%} of the variance"
        return f"is right in {share:.1%}"
