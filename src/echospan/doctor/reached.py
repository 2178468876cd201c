"""Findings from what the probes of reach showed; the same for every framework."""

from __future__ import annotations

from echospan.doctor.finding import find
from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import Layout
from echospan.doctor.order import needing
from echospan.doctor.reach import Probed
from echospan.results.check_report import Finding


def reach_findings(
    call: FitCall, layout: Layout, probed: Probed, *, constant: bool = True
) -> list[Finding]:
    """What the probes of reach showed.

    Args:
        call: The call.
        layout: What the data say about time.
        probed: What the probes showed.
        constant: Whether an output that no input changes is told; its reason may be known.
    """
    return [
        *(_constant(probed) if constant else []),
        *_mixed(probed),
        *_future(layout, probed),
        *_field(call, layout, probed),
    ]


def _constant(probed: Probed) -> list[Finding]:
    if not probed.constant:
        return []
    return [
        find(
            "output-constant",
            "No input of the sample changed the output, with any random weights that were tried.",
            draws=probed.draws,
        )
    ]


def _mixed(probed: Probed) -> list[Finding]:
    if probed.mixed is None:
        return []
    return [
        find(
            "rows-mixed",
            f"The output for row {probed.row} changes if the input of row {probed.mixed} of the "
            "same batch changes: batch and time axes are swapped, or a reshape is used instead of "
            "a transpose.",
            row=probed.row,
            other=probed.mixed,
        )
    ]


def _future(layout: Layout, probed: Probed) -> list[Finding]:
    """Find outputs that change with a later input."""
    if probed.future is None:
        return []
    later, step = probed.future
    copy = layout.copy
    reads = copy is not None and -copy.lag in probed.ahead
    if copy is not None and reads:
        meaning = (
            f"The target is the input {-copy.lag} step{'' if copy.lag == -1 else 's'} later: the "
            "model can read it instead of predicting it."
        )
    elif layout.place.kind == "open":
        meaning = (
            "The data do not say which steps the answers are about. If it is the steps of the "
            "input, this works for tagging whole sequences, but not for streaming; if they lie "
            "behind it, this is as it should be."
        )
    else:
        meaning = "This works for tagging whole sequences, but not for streaming."
    return [
        find(
            "future-visible",
            f"The output at step {step} changes with the input at step {later}. {meaning}",
            severity="error" if reads else "note",
            remedy="return_sequences=True without Bidirectional; padding='causal' in Conv1D; "
            "use_causal_mask=True in attention",
            step=step,
            later=later,
        )
    ]


def _field(call: FitCall, layout: Layout, probed: Probed) -> list[Finding]:
    """Find needed values in the sample that the model, or its gradient, does not reach."""
    lag = layout.needs.lag
    line = next((entry for entry in probed.lags if entry.lag == lag), None)
    if line is None or lag is None or lag >= call.timesteps or lag not in probed.inside:
        return []
    if probed.constant or probed.mixed is not None:
        return []
    if line.forward is False:
        furthest = max((entry.lag for entry in probed.lags if entry.forward), default=None)
        looks = "not at all" if furthest is None else f"{furthest} steps"
        return [
            find(
                "lag-outside-window",
                f"The targets {needing(layout)} the value at lag {lag}. The sample contains it, "
                f"but it does not change the output with any random weights "
                f"tried: the model looks back {looks}.",
                exact=layout.needs.exact,
                severity="error" if layout.needs.exact else "warning",
                remedy="# widen the kernel, add layers or dilation, until the model looks back at "
                f"least {lag} steps",
                lag=lag,
                furthest=furthest,
                draws=probed.draws,
            )
        ]
    if line.gradient is False:
        return [
            find(
                "state-detached-inside",
                f"The value at lag {lag} changes the output, but its gradient within the update is "
                "zero: something in between stops it.",
                remedy="# leave out stop_gradient (detach, no_grad) between input and state",
                lag=lag,
            )
        ]
    return []
