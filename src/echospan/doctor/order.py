"""Findings that follow from the order of the samples alone: which past a row can know.

Arithmetic on positions, exact where timeline and lag are known; no model is run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.doctor.finding import find
from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import Layout
from echospan.doctor.remedies import aligning, lengthening, widening
from echospan.doctor.rows import Rows, row_story
from echospan.framings.arithmetic import reach
from echospan.results.check_report import Finding, Severity
from echospan.tasks.lag import MISSING


def order_findings(call: FitCall, layout: Layout, seen: Rows) -> list[Finding]:
    """What the order of samples, batches and resets makes impossible or weak."""
    found: list[Finding] = []
    needed = needs_state(call, layout)
    if call.stateful and call.shuffle and call.samples > call.batch_size:
        found.append(_shuffled(call, needed))
        return found
    if seen.reach is None:
        return found
    if seen.reach.scored == 0:
        return _nowhere(call, layout, seen)
    share = seen.reach.blind / seen.reach.scored
    if share > 0:
        found += _blind(call, layout, seen, share)
    if call.carries and needed:
        found.append(_cut(call, layout))
    return found


def needs_state(call: FitCall, layout: Layout) -> bool | None:
    """Whether the targets need more than their own sample; None if that is not known."""
    if layout.needs.lag is None:
        return None
    return layout.needs.lag >= call.timesteps


def needing(layout: Layout) -> str:
    """The verb for a lag: known, or guessed from the data."""
    return "need" if layout.needs.exact else "may need"


def _shuffled(call: FitCall, needed: bool | None) -> Finding:
    return find(
        "shuffled-state",
        "The model carries state from batch to batch, but the samples are shuffled: each row "
        "continues from the state of a random other sample.",
        severity="warning" if needed is False else "error",
        remedy="shuffle=False",
        batch_size=call.batch_size,
        shuffle=True,
        state_needed=needed,
    )


def _blind(call: FitCall, layout: Layout, seen: Rows, share: float) -> list[Finding]:
    assert seen.reach is not None
    lag = seen.reach.needed
    proved = layout.needs.exact and (layout.known or not call.stateful)
    severity: Severity = "error" if share > 0.5 and proved else "warning"
    evidence: dict[str, Any] = {
        "lag": lag,
        "answers": seen.reach.scored,
        "unreachable": seen.reach.blind,
        "batch_size": call.batch_size,
        "timesteps": call.timesteps,
        "timeline": layout.timeline.kind,
    }
    if not call.stateful:
        if lag < call.timesteps and not layout.needs.exact:
            # The first answers of a sample lack it, the others have it: too little for a guess.
            return []
        return [_outside(call, layout, share, severity, evidence)]
    if call.reset_state == "batch":
        kept = reach(seen.plan, lag, carried=True)
        if kept.blind < seen.reach.blind:
            return [
                find(
                    "state-reset-often",
                    f"The targets {needing(layout)} the value at lag {lag}, which is in an "
                    "earlier batch, but the state is reset to zero before each batch.",
                    severity=severity,
                    exact=proved,
                    remedy='reset_state="epoch"',
                    **evidence,
                )
            ]
    if call.batch_size == 1:
        return []
    example = seen.example
    assert example is not None
    assumed = (
        ""
        if layout.known
        else " This assumes that samples follow each other in time, which the data do not prove."
    )
    return [
        find(
            "state-row-mismatch",
            f"{row_story(seen.plan, example, lag)} State goes from row j of a batch to row j of "
            f"the next, so each sample inherits the state of the sample {call.batch_size} before "
            f"it, not of the one just before it.{bound(layout)}{assumed}",
            severity=severity,
            exact=proved,
            remedy=aligning(call.batch_size),
            row=example.row,
            batch=example.update,
            sample=example.update * seen.plan.rows + example.row,
            inherits=(example.update - 1) * seen.plan.rows + example.row,
            **evidence,
        )
    ]


def bound(layout: Layout) -> str:
    """The best score where the needed value never arrives, for targets that are symbols."""
    if not layout.streams.symbols:
        return ""
    targets = layout.streams.targets
    _, counts = np.unique(targets[~np.isnan(targets)], return_counts=True)
    if not counts.size:
        return ""
    share = counts.max() / counts.sum()
    return (
        f" Without that value the best possible accuracy is {100 * share:.3g} % "
        "(always predicting the most common target)."
    )


def _nowhere(call: FitCall, layout: Layout, seen: Rows) -> list[Finding]:
    """No answer's value stands in any sample at all: each is a series shorter than the lag."""
    answers = int(np.count_nonzero(seen.plan.targets != MISSING)) or seen.plan.targets.size
    if call.stateful or not answers or not needs_state(call, layout):
        return []
    evidence = {
        "lag": layout.needs.lag,
        "answers": answers,
        "unreachable": answers,
        "batch_size": call.batch_size,
        "timesteps": call.timesteps,
        "timeline": layout.timeline.kind,
    }
    severity: Severity = "error" if layout.needs.exact else "warning"
    return [_outside(call, layout, 1.0, severity, evidence)]


def _outside(
    call: FitCall, layout: Layout, share: float, severity: Severity, evidence: dict[str, Any]
) -> Finding:
    lag = layout.needs.lag
    assert lag is not None
    steps = "1 time step" if call.timesteps == 1 else f"{call.timesteps} time steps"
    return find(
        "lag-outside-window",
        f"The targets {needing(layout)} the value at lag {lag}, but "
        + (
            f"a sample has only {steps} and no state is carried."
            if lag >= call.timesteps
            else f"for {share:.0%} of them it is before the start of the sample and no state is "
            "carried."
        )
        + bound(layout),
        severity=severity,
        exact=layout.needs.exact,
        remedy=widening(call, layout, lag),
        **evidence,
    )


def _cut(call: FitCall, layout: Layout) -> Finding:
    lag = layout.needs.lag
    assert lag is not None
    span = "1 step" if call.timesteps == 1 else f"{call.timesteps} steps"
    return find(
        "gradient-cut",
        f"Backpropagation covers {span}, but the targets {needing(layout)} lag {lag}: no gradient "
        "reaches the batch before, so the state is not trained to keep the value. It may still "
        "learn, but slowly.",
        exact=layout.needs.exact,
        remedy=lengthening(call, layout, lag),
        lag=lag,
        timesteps=call.timesteps,
    )
