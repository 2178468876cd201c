"""Findings from what the probes of reach showed; the same for every framework."""

from __future__ import annotations

from echospan.doctor.asked import Asked
from echospan.doctor.finding import find
from echospan.doctor.needs import Layout
from echospan.doctor.reach import Probed
from echospan.results.check_report import Finding


def reach_findings(asked: Asked, layout: Layout, probed: Probed) -> list[Finding]:
    """All of this module."""
    return [
        *_constant(probed),
        *_mixed(probed),
        *_future(layout, probed),
        *_field(asked, layout, probed),
    ]


def _constant(probed: Probed) -> list[Finding]:
    if not probed.constant:
        return []
    return [
        find(
            "output-constant",
            "No input of the sample changed the answer, under any draw of the weights.",
            remedy="model.summary()  # look for the layer that drops its input",
            draws=probed.draws,
        )
    ]


def _mixed(probed: Probed) -> list[Finding]:
    if probed.mixed is None:
        return []
    return [
        find(
            "rows-mixed",
            f"The answer for row {probed.row} changes when the input of row {probed.mixed} of the "
            "same batch changes: batch and time axes are swapped, or a reshape stands where a "
            "transpose was meant.",
            remedy="x = keras.ops.transpose(x, (1, 0, 2))  # not reshape; torch: batch_first=True",
            row=probed.row,
            other=probed.mixed,
        )
    ]


def _future(layout: Layout, probed: Probed) -> list[Finding]:
    """An answer changes with an input after it."""
    if probed.future is None:
        return []
    later, step = probed.future
    copy = layout.copy
    reads = copy is not None and copy.lag < 0
    if copy is not None and copy.lag < 0:
        meaning = (
            f"The target is the input {-copy.lag} step{'' if copy.lag == -1 else 's'} later: the "
            "model can read it instead of foretelling it."
        )
    else:
        meaning = "That is fine for tagging whole sequences, and impossible for a stream."
    return [
        find(
            "future-visible",
            f"The answer at step {step} changes with the input at step {later}. {meaning}",
            severity="error" if reads else "note",
            remedy="return_sequences=True without Bidirectional; padding='causal' in Conv1D; "
            "use_causal_mask=True in attention",
            step=step,
            later=later,
        )
    ]


def _field(asked: Asked, layout: Layout, probed: Probed) -> list[Finding]:
    """The needed value stands in the sample, and the model, or its gradient, does not get there."""
    lag = layout.needs.lag
    line = next((entry for entry in probed.lags if entry.lag == lag), None)
    if line is None or lag is None or lag >= asked.timesteps or lag not in probed.inside:
        return []
    if probed.constant or probed.mixed is not None:
        return []
    if line.forward is False:
        furthest = max((entry.lag for entry in probed.lags if entry.forward), default=None)
        looks = "not at all" if furthest is None else f"{furthest} steps"
        return [
            find(
                "lag-outside-window",
                f"The answers need the value at lag {lag}. It stands in the sample, but does not "
                f"change the answer under any draw of the weights: the model looks back {looks}.",
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
                f"The value at lag {lag} changes the answer, but no gradient reaches it inside the "
                "update: something on the way stops it.",
                remedy="# leave out stop_gradient (detach, no_grad) between input and state",
                lag=lag,
            )
        ]
    return []
