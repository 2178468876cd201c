"""Dropout and penalties so strong that little but a constant may be left to learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echospan.adapters.holds import Hold, holds
from echospan.doctor.finding import find
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    from echospan.doctor.examination import Examination

DROPPED = 0.9
"""Share of values that is dropped, from which on it is told."""

PENALTY = 1.0
"""Strength of a penalty on weights from which on it is told; usual ones are below 0.01."""


def held_back_findings(examination: Examination) -> list[Finding]:
    """Look for settings that hold the model back from learning."""
    strong = [
        hold
        for hold in holds(examination.model, examination.facts)
        if hold.value >= (DROPPED if hold.kind == "dropout" else PENALTY)
    ]
    found = [_told(hold) for hold in strong[:1]]
    rate = examination.rate
    if not found and rate is not None and rate.decay >= PENALTY:
        keras = examination.facts.framework == "keras"
        found.append(
            find(
                "held-back",
                f"{rate.kind} has a weight decay of {rate.decay:g}, where usual ones are below "
                "0.1: it may pull all weights to zero faster than they learn.",
                exact=False,
                remedy="# make the optimizer with weight_decay=0.01"
                if keras
                else 'for group in optimizer.param_groups:\n    group["weight_decay"] = 0.01',
                kind="decay",
                value=rate.decay,
            )
        )
    return found


def _told(hold: Hold) -> Finding:
    if hold.kind == "dropout":
        message = (
            f"{hold.layer!r} drops {hold.value:.0%} of its values in training "
            f"({hold.what}={hold.value:g}): so little may be left that only a constant is learned."
        )
        usual = 0.2
    else:
        message = (
            f"{hold.layer!r} has a penalty of strength {hold.value:g} on its weights "
            f"({hold.what}), where usual ones are below 0.01: it may keep them near zero, so that "
            "only a constant is learned."
        )
        usual = 1e-4
    return find(
        "held-back",
        message,
        exact=False,
        remedy=f"# {hold.layer}: {hold.what} of {usual:g}",
        layer=hold.layer,
        kind=hold.kind,
        value=hold.value,
    )
