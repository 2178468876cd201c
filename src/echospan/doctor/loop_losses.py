"""Findings about the loss functions that a hand-written torch loop calls."""

from __future__ import annotations

from collections.abc import Sequence

from echospan.adapters.loss_call import LossCall
from echospan.adapters.signals import Signal
from echospan.doctor.broadcasts import message, spread_of
from echospan.doctor.finding import find
from echospan.doctor.loss_fit import remedy
from echospan.doctor.mismatch import mismatch
from echospan.results.check_report import Finding


def loop_loss_findings(calls: Sequence[LossCall]) -> list[Finding]:
    """Outputs and targets that a loss spreads over each other, or takes for what they are not.

    Args:
        calls: The first calls of known loss functions, in order.
    """
    found: dict[str, Finding] = {}
    for call in calls:
        for finding in (*_spread(call), *_mismatch(call)):
            # The same of each update; the first tells it.
            found.setdefault(f"{finding.code} {finding.evidence['loss']}", finding)
    return list(found.values())


def _spread(call: LossCall) -> list[Finding]:
    if call.takes != "values":
        return []
    outputs, targets = call.outputs.shape, call.targets.shape
    spread = spread_of(outputs, targets)
    if spread is None or not targets or (call.targets.size == 1 and call.targets.item() in (0, 1)):
        # One 0 or 1 for all answers is the label that a judge is given.
        return []
    fits = call.outputs.size == call.targets.size
    return [
        find(
            "loss-broadcast",
            message(outputs, targets, spread, name=call.name),
            severity="error" if spread.rows else "warning",
            remedy="targets = targets.reshape(outputs.shape)  # before the loss"
            if fits
            else "outputs = outputs[-1:]  # the last step only, before the loss",
            cause="broadcast",
            loss=call.name,
            outputs=list(outputs),
            targets=list(targets),
            compared=list(spread.shape),
            repeated=spread.repeated,
            rows_mixed=spread.rows,
        )
    ]


def _mismatch(call: LossCall) -> list[Finding]:
    wrong = mismatch(call, None)
    if wrong is None:
        return []
    target = Signal("", "y", call.targets)
    return [
        find(
            "loss-mismatch",
            wrong.message,
            severity=wrong.severity,
            remedy=remedy("torch", call, wrong, target, None),
            mismatch=wrong.kind,
            cause=wrong.kind,
            loss=call.name,
        )
    ]
