"""Findings about carried state: what the framework's own trainer does with it."""

from __future__ import annotations

from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.fit_call import FitCall
from echospan.doctor.order import needs_state
from echospan.results.check_report import Finding, Severity


def carrying_findings(examination: Examination) -> list[Finding]:
    """Check that the trainer carries the state of stateful layers, and resets it."""
    fit = examination.own_fit
    if fit is None:
        return []
    call = examination.pairs.every[0].call
    each = [needs_state(pair.call, pair.layout) for pair in examination.pairs.telling()]
    needed = True if True in each else None if None in each else False
    found = []
    if not fit.fit:
        severity: Severity = "warning" if needed is False else "error"
        happens = (
            f"fit stops with an error: {fit.error}" if fit.error else "fit leaves the state at zero"
        )
        unneeded = " Each sample contains all that its target needs." if needed is False else ""
        found.append(
            find(
                "state-not-carried",
                "The model's layers are stateful, but with "
                f"{fit.trainer} {fit.version} on {fit.backend} {happens}.{unneeded}",
                severity=severity,
                remedy=_train_with(call),
                predict_carries=fit.predict,
                backend=fit.backend,
                keras=fit.version,
            )
        )
    if not fit.predict or call.reset_state != "never":
        return found
    found.append(
        find(
            "state-not-reset",
            "The state is never reset: the same prediction made twice gives two results, and each "
            "epoch starts from the final state of the previous one.",
            remedy="for layer in model.layers:\n"
            "    if getattr(layer, 'stateful', False): layer.reset_state()  # each epoch",
        )
    )
    if examination.validates:
        found.append(
            find(
                "validation-disturbs-state",
                "Validation after each epoch uses the same state: the next epoch starts from the "
                "state at the end of the validation data.",
                remedy=_train_with(call),
            )
        )
    return found


def _train_with(call: FitCall) -> str:
    reset = "epoch" if call.reset_state == "never" else call.reset_state
    return (
        f"echospan.fit(model, x, y, batch_size={call.batch_size}, shuffle=False, "
        f'reset_state="{reset}")'
    )
