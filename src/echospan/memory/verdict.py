"""From facts to a verdict: a code, a sentence, and the evidence for it. A pure function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from echospan.measure import Interval
from echospan.models import Learns

Code = Literal[
    "solved",
    "limited-by-receptive-field",
    "limited-by-capacity",
    "limited-by-optimisation",
    "limited-by-length",
    "limited-by-fixed-dynamics",
    "gradient-vanishing",
    "gradient-truncated",
    "not-causal",
    "rows-mixed",
    "state-not-carried",
    "ignores-input",
    "diverged",
    "undecided",
]

VANISHED = 1e-4
"""A gradient that falls below this share of the newest input's counts as vanished."""


@dataclass(frozen=True)
class Failure:
    """The facts about the smallest lag that failed.

    Attributes:
        lag: Steps back, or the task's distance.
        accuracy: Of the median seed; of numbers, R2.
        interval: Of that share.
        solved_share: Share of seeds that solved it.
        other_rate: A rate at which a seed solved it on validation sequences, if there is one.
        endings: How its trials ended.
        falling: Whether a training loss was still falling at the end.
        updates: The most that one of its trials made.
        at_trained_length: Accuracy on sequences as long as in training; None where not measured.
        forward: How far back anything reaches an answer, in steps.
        gradient: Norm at that reach as a share of the norm at 0; None where not taken.
        gradient_start: The same before training.
        reach: At least so many steps before an answer lies what it needs.
        bits_needed: What must be held at once to answer everything; None where not known.
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
        chance: Score of an answer that knows nothing at that lag.
        threshold: Share above which a lag counts as solved.
        span: The largest lag such that it and every tested smaller one is solved.
        largest: The largest lag that was asked for.
        learns: How the model is trained.
        checks: Outcomes of the checks by name.
        evidence: Their evidence by name.
        failure: The smallest lag that failed, if one did.
        undecided: The smallest lag that the budget left open, if one was.
        receptive_field: Steps that an answer can depend on, as declared or measured.
        bits: What the state can hold; None where not known.
        truncated: Whether it is trained one step an update, so that no gradient looks back.
        forgets: Whether it hears single steps and carries nothing from one to the next.
        budget: As it was given, in words.
        interrupted: Whether the user ended it early.
        word: What the task calls a lag.
        scored_as: "accuracy", or "R2" where answers are numbers.
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
    receptive_field: int | None = None
    bits: float | None = None
    truncated: bool = False
    forgets: bool = False
    budget: str = ""
    interrupted: bool = False
    word: str = "lag"
    scored_as: str = "accuracy"

    def does(self, share: float) -> str:
        """A score as the end of a sentence that began with the model."""
        if self.scored_as == "R2":
            return f"explains {share:.1%} of the variance"
        return f"is right in {share:.1%}"

    @property
    def ended(self) -> str:
        """What ended the search."""
        return "it was stopped" if self.interrupted else f"the budget of {self.budget} ended"


@dataclass(frozen=True)
class Verdict:
    """What limits the model.

    Attributes:
        code: One word for programs.
        sentence: One or two sentences for people.
        evidence: The numbers that it rests on.
    """

    code: Code
    sentence: str
    evidence: dict[str, Any]


def verdict(facts: Facts) -> Verdict:
    """The first of these that holds: a broken model, an open question, then what limits it."""
    broken = _broken(facts)
    if broken is not None:
        return broken
    failure = facts.failure
    if failure is not None:
        limit = _limit(facts, failure)
        if facts.undecided is None or facts.undecided > failure.lag:
            return limit
        words = f"{limit.sentence} The budget left {facts.word} {facts.undecided} undecided."
        return Verdict(limit.code, words, {**limit.evidence, "undecided": facts.undecided})
    if facts.undecided is not None:
        word = facts.word
        solved = f"No {word} was solved yet"
        if facts.span:
            solved = f"It solved every {word} that was tried, up to {facts.span}"
        return Verdict(
            "undecided",
            f"{solved}; {facts.ended} while {word} {facts.undecided} was open. "
            "A larger budget can tell.",
            {"undecided": facts.undecided},
        )
    if facts.span < facts.largest:
        solved = f"{facts.word.capitalize()} {facts.span} is solved" if facts.span else "Nothing"
        tail = "and no longer one was tried" if facts.span else "was decided"
        return Verdict(
            "undecided",
            f"{solved} {tail}: {facts.ended} before that. A larger budget can tell.",
            {"undecided": facts.span + 1},
        )
    return Verdict(
        "solved",
        f"It solved every {facts.word} that was asked for, up to {facts.span}.",
        {"largest": facts.largest},
    )


def _broken(facts: Facts) -> Verdict | None:
    """What makes any span meaningless."""

    def found(code: Code, words: str, name: str) -> Verdict:
        evidence = facts.evidence.get(name, "")
        return Verdict(code, f"{words} {evidence}".strip(), {"check": name, "found": evidence})

    checks = facts.checks
    if checks.get("finite") is False:
        return found("diverged", "Its scores are not finite.", "finite")
    if checks.get("uses_input") is False:
        return found(
            "ignores-input",
            "Its answers do not depend on its input, so they are chance.",
            "uses_input",
        )
    if checks.get("causal") is False:
        return found(
            "not-causal",
            "Its answers depend on inputs that come later, so its accuracy says nothing about "
            "memory.",
            "causal",
        )
    if checks.get("rows_independent") is False:
        return found(
            "rows-mixed",
            "What it answers about one sequence depends on the other sequences of the batch, as "
            "where batch and time axes are mixed up.",
            "rows_independent",
        )
    if facts.forgets:
        return Verdict(
            "state-not-carried",
            "It hears one step at a time and carries no state from one step to the next, so it "
            "cannot know any earlier input. Give it stateful layers, or whole sequences.",
            {"steps_heard_at_once": 1},
        )
    if checks.get("step_by_step") is False:
        return found(
            "state-not-carried",
            "One step at a time it does not answer as it does on whole sequences: its state is "
            "not carried.",
            "step_by_step",
        )
    return None


def _limit(facts: Facts, failure: Failure) -> Verdict:
    lag, chance = failure.lag, facts.chance
    at_lag = f"{facts.word} {lag}"
    at_chance = failure.interval.low <= chance * 1.1 + 0.005
    evidence: dict[str, Any] = {
        "lag": lag,
        "accuracy": failure.accuracy,
        "interval": list(failure.interval),
        "solved_share": failure.solved_share,
        "updates": failure.updates,
        "endings": list(failure.endings),
    }
    here = f"at {at_lag} it {facts.does(failure.accuracy)}"

    def limited(code: Code, words: str, **more: Any) -> Verdict:
        return Verdict(code, words, {**evidence, **more})

    field = facts.receptive_field
    if field is not None and failure.reach >= field:
        close = "which is chance" if at_chance else f"where chance is {chance:.1%}"
        return limited(
            "limited-by-receptive-field",
            f"An answer can depend on nothing but {_last(field)}; {here}, {close}.",
            receptive_field=field,
        )
    needed = failure.bits_needed
    if facts.bits is not None and needed is not None and needed > facts.bits:
        return limited(
            "limited-by-capacity",
            f"{at_lag.capitalize()} needs {needed:.1f} bits and the state holds {facts.bits:.1f} "
            f"at most; {here}.",
            bits_needed=needed,
            bits_of_state=facts.bits,
        )
    if facts.learns == "nothing":
        return limited(
            "limited-by-fixed-dynamics",
            f"It learns nothing, and what it does by construction is not {at_lag}: {here}.",
        )
    if facts.learns == "ridge":
        return limited(
            "limited-by-fixed-dynamics",
            "Only its readout is fitted, in closed form, and what its fixed dynamics keep of "
            f"{failure.reach} steps ago does not give the answer: {here}.",
        )
    if failure.at_trained_length is not None and failure.at_trained_length > facts.threshold:
        return limited(
            "limited-by-length",
            f"It solves {at_lag} on sequences as long as in training "
            f"({failure.at_trained_length:.1%}), but not on longer ones ({failure.accuracy:.1%}).",
            at_trained_length=failure.at_trained_length,
        )
    reaches = failure.forward is None or failure.forward >= failure.reach
    if facts.truncated or (reaches and failure.gradient == 0.0 and failure.gradient_start == 0.0):
        return limited(
            "gradient-truncated",
            f"What it heard {failure.reach} steps ago reaches its answer, but no gradient reaches "
            f"back that far, so it cannot learn to use it; {here}.",
            gradient=failure.gradient,
        )
    if all(ending == "diverged" for ending in failure.endings):
        return limited(
            "diverged", f"Its training loss became NaN or infinite at {at_lag} with every seed."
        )
    if failure.solved_share > 0 or failure.other_rate is not None:
        which = (
            f"{failure.solved_share:.0%} of the seeds solve it"
            if failure.solved_share > 0
            else f"a seed solves it at learning rate {failure.other_rate:g}"
        )
        return limited(
            "limited-by-optimisation",
            f"The model can do {at_lag}, but training does not find it reliably: {which}, the "
            f"median seed {facts.does(failure.accuracy)}.",
            other_rate=failure.other_rate,
        )
    gradients = [g for g in (failure.gradient_start, failure.gradient) if g is not None]
    if at_chance and gradients and min(gradients) < VANISHED:
        return limited(
            "gradient-vanishing",
            f"It stays at chance at {at_lag}, and the gradient with respect to the input "
            f"{failure.reach} steps before is {min(gradients):.1e} times that of the newest one.",
            gradient=min(gradients),
        )
    if failure.falling:
        return limited(
            "limited-by-optimisation",
            f"The training loss was still falling after {failure.updates:,} updates; {here}. More "
            "updates may solve it.",
            falling=True,
        )
    return limited(
        "limited-by-optimisation",
        f"No seed and no learning rate of the ladder solves {at_lag} within "
        f"{failure.updates:,} updates, and the loss had stopped falling; {here}. No limit of the "
        "architecture was found, so this is a limit of training.",
        falling=False,
    )


def _last(steps: int) -> str:
    if steps == 1:
        return "the current step"
    return f"the last {steps} steps, the current one included"
