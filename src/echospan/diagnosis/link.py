"""Which link is the weakest, from four numbers with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from echospan.diagnosis.gain import Gains
from echospan.diagnosis.reach import Reached
from echospan.report.values import plural
from echospan.results.check_report import Finding
from echospan.results.diagnosis import Measured, WeakLink
from echospan.results.needs import NeedsData

OF_FRAMING = frozenset({
    "batch-size-mismatch", "lag-outside-window", "shuffled-state", "state-not-carried",
    "state-not-continued", "state-reset-often", "state-row-mismatch", "target-offset",
    "windows-scrambled",
})  # fmt: skip
"""Findings about samples, batches and resets."""

OF_FIELD = frozenset({"lag-outside-window"})
"""Findings about what a model can see, of its window or of its receptive field."""

OF_MODEL = frozenset({
    "future-visible", "nan-inside", "output-constant", "place-in-batch", "rows-mixed",
    "target-out-of-range", "embedding-input",
})  # fmt: skip
"""Findings about what the model computes."""


SURE = 0.02
"""Largest p-value of "no past helps" with which a model at chance is told to be trained more."""

NOTHING = 0.02
"""Share of the loss without any past below which there is nothing left to lower."""


@dataclass(frozen=True)
class Link:
    """What limits the model.

    Attributes:
        weakest: Its name.
        why: A sentence.
        finding: The finding that shows it, where one does.
    """

    weakest: WeakLink
    why: str
    finding: Finding | None = None


@dataclass(frozen=True)
class Evidence:
    """All that is known.

    Attributes:
        needs: Steps that the data need.
        lookback: What was found about the data.
        reach: Steps that reach the answer.
        span: Steps that the architecture can remember.
        uses: Steps that the trained model uses.
        at_chance: Whether the trained model is no better than the best constant answer.
        gains: How much better than a constant answer simple models and the trained model are.
        findings: Of `check`.
    """

    needs: Measured
    lookback: NeedsData | None
    reach: Reached
    span: Measured
    uses: Measured
    at_chance: bool
    gains: Gains | None
    findings: Sequence[Finding]


def weakest(seen: Evidence) -> Link:
    """Name the weakest link, or say that it can't be told.

    An earlier link decides before a later one: what does not reach the answer, no training brings.
    A number counts as too small only if its whole interval is below that of what the data need.
    """
    if seen.lookback is None or seen.needs.interval is None:
        return _without_needs(seen)
    least, most = seen.needs.interval
    if not seen.lookback.any_past_helps:
        return _nothing_needed(seen)
    for found in (_not_reached(seen, least), _not_held_long(seen, least)):
        if found is not None:
            return found
    unclear = _reach_unclear(seen)
    if seen.at_chance:
        return _at_chance(seen, unclear)
    if seen.uses.interval is None:
        why = seen.uses.reason or "it was not measured"
        return Link("undecided", f"What the trained model uses is not known: {why}.")
    fewest, widest = seen.uses.interval
    assert widest is not None
    if widest < least:
        broken = _error(seen.findings, OF_FRAMING)
        if broken is not None:
            return Link("framing", _message(broken), broken)
        return Link(
            "training",
            f"The data need at least {plural(least, 'step')}, and {_that_reach(seen)} reach the "
            f"answer, but the trained model uses {_between(fewest, widest)}.",
            _error(seen.findings, None),
        )
    if unclear:
        return Link("undecided", unclear)
    if seen.gains is not None and seen.gains.short:
        return Link(
            "training",
            f"The trained model looks back far enough, but has {seen.gains.model:.0%} of what can "
            f"be gained over a constant answer, and simple models have {seen.gains.simple:.0%}.",
            _error(seen.findings, None),
        )
    return _fits(seen, least, most, fewest, widest)


def _fits(seen: Evidence, least: int, most: int | None, fewest: int, widest: int) -> Link:
    uses, needs = seen.uses.steps, seen.needs.steps
    assert uses is not None
    assert needs is not None
    if uses < least:
        return Link(
            "undecided",
            f"The data need at least {plural(least, 'step')}; the trained model uses {uses}, but "
            f"may use up to {widest}. More held-out data would tell.",
        )
    if uses < needs and (most is None or fewest < least):
        return Link(
            "undecided",
            f"The data need {_between(least, most)} and the trained model uses "
            f"{_between(fewest, widest)}: the intervals overlap, and either may be the shorter.",
        )
    more = (
        f" The model uses more than simple models can show to help ({plural(needs, 'step')})."
        if most is not None and fewest > most
        else ""
    )
    return Link(
        "none",
        f"The data need {plural(needs, 'step')}, {_that_reach(seen)} reach the answer, and the "
        f"trained model uses {uses}.{more}",
    )


def _nothing_needed(seen: Evidence) -> Link:
    if seen.uses.steps is not None:
        return Link(
            "undecided",
            "Simple models gain nothing from the inputs, but the trained model does: a relation "
            "that they can't see, or that it has learned by heart.",
        )
    assert seen.lookback is not None
    share = seen.lookback.detectable_gain
    limit = "" if share is None else f" A gain of {share:.1%} would have been seen."
    return Link("data", f"No input is shown to help predict the target.{limit}")


def _not_reached(seen: Evidence, least: int) -> Link | None:
    """Framing or architecture, where what is needed does not reach the answer."""
    reach, held = seen.reach.measured, seen.reach.held
    if held is not None and held < least:
        found = _error(seen.findings, OF_FRAMING) or _any(seen.findings, OF_FRAMING)
        return Link(
            "framing",
            f"The data need at least {plural(least, 'step')}, but samples and state bring only "
            f"{held} to the answer.",
            found,
        )
    if reach.interval is None or reach.interval[1] is None or reach.interval[1] >= least:
        return None
    # Of a receptive field `check` says the same as of a window: here the window is long enough.
    found = _error(seen.findings, OF_FRAMING - OF_FIELD)
    if found is not None:
        return Link("framing", _message(found), found)
    holds = "all of them" if held is None else f"{held}"
    return Link(
        "architecture",
        f"The data need at least {plural(least, 'step')} and the samples hold {holds}, but the "
        f"model can see only {reach.interval[1]}.",
        _error(seen.findings, OF_MODEL | OF_FIELD),
    )


def _not_held_long(seen: Evidence, least: int) -> Link | None:
    """Architecture, where it can't be trained to remember as long."""
    span = seen.span.interval
    if span is None or span[1] is None or span[1] >= least:
        return None
    uses = seen.uses.interval
    if uses is not None and uses[0] > span[1]:
        # On these data it does what it could not on the task of the span.
        return None
    return Link(
        "architecture",
        f"The data need at least {plural(least, 'step')}, and this architecture could be trained "
        f"to remember {span[1]} (protocol quick-1).",
        _error(seen.findings, OF_MODEL),
    )


def _reach_unclear(seen: Evidence) -> str:
    """Why it is not clear whether what the data need reaches the answer; empty where it does."""
    assert seen.lookback is not None
    assert seen.needs.steps is not None
    reach = seen.reach.measured
    if reach.interval is None:
        return f"What reaches the answer is not known: {reach.reason}."
    most = reach.interval[1]
    if most is not None and most < seen.needs.steps:
        return (
            f"The data need {_between(*_interval(seen.needs))} and {plural(most, 'step')} reach "
            "the answer: whether that is enough can't be told from these data."
        )
    if _all_that_was_tried(seen.lookback) and most is not None and most <= seen.lookback.longest:
        return (
            f"The data need all {seen.lookback.longest} steps that could be tried, and may need "
            "more than reaches the answer."
        )
    if seen.lookback.still_helps and most is not None and most <= seen.lookback.longest:
        return (
            f"The longest lookback that could be tried, {seen.lookback.longest}, still helps: the "
            "data may need more than reaches the answer."
        )
    return ""


def _all_that_was_tried(lookback: NeedsData) -> bool:
    """Whether the longest lookback is the one that is needed, and leaves a loss to lower."""
    left = lookback.curve[-1].loss
    return lookback.needs == lookback.longest and left > NOTHING * lookback.curve[0].loss


def _at_chance(seen: Evidence, unclear: str) -> Link:
    broken = _error(seen.findings, OF_FRAMING)
    if broken is not None:
        return Link("framing", _message(broken), broken)
    wrong = _error(seen.findings, OF_MODEL)
    if wrong is not None:
        return Link("architecture", _message(wrong), wrong)
    if unclear:
        return Link("undecided", unclear)
    assert seen.lookback is not None
    if seen.lookback.p_value > SURE:
        return Link(
            "undecided",
            "The model is no better than the best constant answer, and that any past helps is "
            f"hardly shown (p {seen.lookback.p_value:.2g}). More data would tell.",
        )
    return Link(
        "training",
        f"The data need {plural(seen.needs.steps or 0, 'step')} and {_that_reach(seen)} reach the "
        "answer, but the model is no better than the best constant answer: it is not trained, or "
        "did not learn.",
        _error(seen.findings, None),
    )


def _without_needs(seen: Evidence) -> Link:
    """What `check` proves stands without knowing what the data need."""
    for link, codes in (("framing", OF_FRAMING), ("architecture", OF_MODEL)):
        found = _error(seen.findings, codes)
        if found is not None and seen.at_chance:
            return Link("framing" if link == "framing" else "architecture", _message(found), found)
    why = seen.needs.reason or "it was not measured"
    return Link("undecided", f"What the data need is not known: {why}.")


def _error(findings: Sequence[Finding], codes: frozenset[str] | None) -> Finding | None:
    """The first error among codes; of any code that is neither framing nor model, for None."""
    other = OF_FRAMING | OF_MODEL
    for one in findings:
        inside = one.code not in other if codes is None else one.code in codes
        if one.severity == "error" and inside:
            return one
    return None


def _any(findings: Sequence[Finding], codes: frozenset[str]) -> Finding | None:
    return next((one for one in findings if one.code in codes), None)


def _message(finding: Finding) -> str:
    return finding.message.split(". ")[0].rstrip(".") + "."


def _that_reach(seen: Evidence) -> str:
    interval = seen.reach.measured.interval
    if interval is None:
        return "they"
    return f"{interval[0]} or more" if interval[1] is None else str(interval[0])


def _interval(measured: Measured) -> tuple[int, int | None]:
    assert measured.interval is not None
    return measured.interval


def _between(low: int, high: int | None) -> str:
    if high is None:
        return f"{plural(low, 'step')} or more"
    return plural(low, "step") if low == high else f"{low:,} to {high:,} steps"
