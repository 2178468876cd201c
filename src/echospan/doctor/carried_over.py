"""Findings about state that is carried into samples which do not continue where it was left."""

from __future__ import annotations

from echospan.doctor.continuing import Border, border
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.order import needs_state
from echospan.doctor.pairs import Pair
from echospan.doctor.remedies import aligning
from echospan.results.check_report import Finding


def carried_over_findings(examination: Examination) -> list[Finding]:
    """Compare the samples that inherit a state with those that left it."""
    if examination.plan is not None:
        return []
    pairs = examination.pairs
    pair = max(pairs.telling(), key=lambda each: each.call.timesteps)
    if not pair.call.carries:
        return []
    return [pairs.named(finding, pair) for finding in carried_over(pair)]


def carried_over(pair: Pair) -> list[Finding]:
    """What an input's samples say of state that goes from sample i - B to sample i."""
    if needs_state(pair.call, pair.layout):
        # Whether the state brings that value is told by the arithmetic of the rows.
        return []
    found = border(pair.call, pair.layout)
    if found.how == "overlaps":
        return [_overlap(pair, found)]
    if found.how in ("gap", "other"):
        return [_not_continued(pair, found)]
    return []


def _overlap(pair: Pair, found: Border) -> Finding:
    rows, steps = pair.call.batch_size, pair.call.timesteps
    assert found.steps is not None
    shared = steps - abs(found.steps)
    later = "later" if found.steps > 0 else "earlier"
    moved = "1 step" if abs(found.steps) == 1 else f"{abs(found.steps)} steps"
    return find(
        "state-overlap",
        f"State is carried over overlapping windows: each window inherits the state of the window "
        f"{_before(rows)}, which begins {moved} {'earlier' if found.steps > 0 else 'later'}, and "
        f"both contain {shared} of the {steps} time steps. The state has already seen the steps "
        f"that the {later} window feeds again. Predictions then depend on the windows that ran "
        "before, and a prediction from a fresh state is not what was trained.",
        batch_size=rows,
        timesteps=steps,
        stride=found.steps,
        shared=shared,
        share=round(found.share, 3),
        borders=found.borders,
    )


def _not_continued(pair: Pair, found: Border) -> Finding:
    rows, steps = pair.call.batch_size, pair.call.timesteps
    if found.how == "gap" and found.steps is not None:
        gap = found.steps - steps
        what = f"begins {'1 step' if gap == 1 else f'{gap} steps'} after its end"
    else:
        what = "is not where it ends"
    certain = "" if found.exact else " (judged by the jump between them, a heuristic)"
    verb = "does" if found.exact else "may"
    told = (
        f"State is carried over samples that {'do' if found.exact else 'may'} not continue each "
        f"other: each sample inherits the state of the sample {_before(rows)}, but it {what}"
        f"{certain}."
    )
    remedy = None
    if found.next_continues:
        told += (
            f" Each sample {'continues' if found.exact else 'seems to continue'} the one just "
            "before it, which is in another row of the batch."
        )
        remedy = aligning(rows)
    elif found.how == "other":
        told += f" What the state holds {verb} not belong to the sample's own past."
    return find(
        "state-not-continued",
        told,
        remedy=remedy,
        exact=found.exact,
        batch_size=rows,
        timesteps=steps,
        stride=found.steps,
        next_continues=found.next_continues,
        share=round(found.share, 3),
        borders=found.borders,
    )


def _before(rows: int) -> str:
    return "just before it" if rows == 1 else f"{rows} samples before it"
