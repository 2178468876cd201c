"""Targets that no output can reach, since an activation bounds the outputs.

The bounds come from the last layers or operations; the clone's own outputs must agree with them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from echospan.adapters.bounds import Bounds
from echospan.adapters.signals import Signal
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.results.check_report import Finding, Severity

MOST_VALUES = 200_000
"""Target values that are looked at."""

MOST_ROWS = 256
"""Samples whose loss is computed."""

LARGE = 0.1
"""Share of the targets' variance that can't be had, from which on it is an error."""

SMALL = 0.02
"""The same, from which on it is a warning."""


@dataclass(frozen=True)
class Nearest:
    """Targets in the shape of the outputs, and the nearest values that outputs can have.

    Attributes:
        wanted: The targets.
        reached: The nearest outputs.
        outside: Share of the targets that can't be reached.
        lost: Sum of squares that stays, as a share of the squares about the mean.
        sums: Whether each lies within range and only their sums can't be reached.
    """

    wanted: np.ndarray
    reached: np.ndarray
    outside: float
    lost: float
    sums: bool = False


def target_range_findings(examination: Examination) -> list[Finding]:
    """Targets outside the range of the outputs."""
    probed, data = examination.probed, examination.data
    if probed is None:
        return []
    floats = [target for target in data.targets if target.values.dtype.kind in "fiu"]
    if not floats:
        return []
    bounds = examination.bounds
    if not any(bounds):
        return []
    try:
        seen = [probed.outputs(probed.rows), *examination.drawn]
    except Exception as error:
        examination.skip(f"whether outputs can reach the targets ({type(error).__name__})")
        return []
    found = []
    for target in floats:
        own = bounds[target.number] if target.number < len(bounds) else None
        outputs = [each[target.number] for each in seen]
        if own is not None and all(_within(each, own) for each in outputs):
            if own.by == "softmax" and not np.allclose(outputs[0].sum(-1), 1, atol=1e-3):
                # It sums along another axis, or was changed since.
                own = replace(own, by="softmax along another axis")
            found += _of_target(examination, target, own, outputs[0].shape[1:])
    return found


def _within(outputs: np.ndarray, bounds: Bounds) -> bool:
    return bool((outputs >= bounds.low - 1e-6).all() and (outputs <= bounds.high + 1e-6).all())


def _of_target(
    examination: Examination, target: Signal, bounds: Bounds, shape: tuple[int, ...]
) -> list[Finding]:
    nearest = _nearest(target.values, bounds, shape)
    if nearest is None or nearest.lost < SMALL:
        return []
    losses = _losses(examination, target, nearest)
    if losses is not None and not losses[0] > losses[1] + 1e-6 * (1 + abs(losses[1])):
        # This loss is not lower at the targets: it masks them, or compares in another way.
        return []
    return [_finding(target, bounds, nearest, losses)]


def _finding(
    target: Signal, bounds: Bounds, nearest: Nearest, losses: tuple[float, float] | None
) -> Finding:
    y = nearest.wanted
    low, high = float(y.min()), float(y.max())
    by = f"{bounds.by} ({bounds.layer})" if bounds.layer else bounds.by
    about = f"output {target.name!r}" if target.name else "the output"
    # The first sentence opens the report: it says all that is wrong.
    last = f"the last operation of {about} is {by}"
    if nearest.sums:
        message = (
            f"{nearest.outside:.0%} of the targets can't be reached: they sum to another number "
            f"than 1, and {last}, whose values sum to 1."
        )
    else:
        reach = (
            f"values from {bounds.low:g} to {bounds.high:g}"
            if isfinite(bounds.high)
            else f"no values below {bounds.low:g}"
        )
        message = (
            f"{nearest.outside:.0%} of the targets can't be reached: they go from {low:.4g} to "
            f"{high:.4g}, and {last}, which gives {reach}."
        )
    evidence: dict[str, Any] = {}
    if losses is None:
        message += (
            " If these outputs are compared with these targets as they are, the fit can't be good."
        )
    else:
        message += f" With such outputs the loss stays above about {losses[0]:.3g}."
        evidence = {"lowest_loss": losses[0], "loss_at_targets": losses[1]}
    severity: Severity = "error" if losses is not None and nearest.lost >= LARGE else "warning"
    if _stands_for_missing(y, bounds):
        severity = "warning"
        message += " If that one value stands for missing targets, leave these out of the loss."
    return find(
        "target-out-of-range",
        message,
        severity=severity,
        exact=losses is not None,
        remedy=_remedy(target, bounds, y.shape[-1] if y.ndim > 1 else 1),
        range=[bounds.low, bounds.high if isfinite(bounds.high) else None],
        by=bounds.by,
        layer=bounds.layer,
        targets=[low, high],
        outside=nearest.outside,
        unreachable_share=min(nearest.lost, 1e9),
        **evidence,
    )


def _nearest(values: np.ndarray, bounds: Bounds, shape: tuple[int, ...]) -> Nearest | None:
    """None where the targets have another shape than the outputs: they are no values to reach."""
    if values.size > MOST_VALUES:
        rows = max(MOST_VALUES // max(values[0].size, 1), 1)
        values = values[np.linspace(0, len(values) - 1, rows).astype(int)]
    own = values.shape[1:]
    if not len(values) or _plain(own) != _plain(shape):
        return None
    y = values.reshape(len(values), *shape).astype("float64")
    if not np.isfinite(y).all():
        return None
    reached = y.clip(bounds.low, bounds.high)
    wrong, sums = np.abs(y - reached) > 1e-6 * (1 + np.abs(y)), False
    if not wrong.any() and bounds.by == "softmax" and shape and shape[-1] > 1:
        total = y.sum(-1, keepdims=True)
        # Steps that are padding may have no class at all.
        reached = np.where(total > 0, y / np.where(total > 0, total, 1), y)
        wrong, sums = (np.abs(total - 1) > 0.01) & (total > 0), True
    about = float(((y - y.mean()) ** 2).sum())
    left = float(((y - reached) ** 2).sum())
    lost = left / about if about > 0 else (np.inf if left > 0 else 0.0)
    return Nearest(y, reached, float(wrong.mean()), float(lost), sums)


def _plain(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(side for side in shape if side != 1)


def _stands_for_missing(y: np.ndarray, bounds: Bounds) -> bool:
    """Whether all that lies outside is one value, and the rest more than one."""
    outside = np.unique(y[(y < bounds.low - 1e-6) | (y > bounds.high + 1e-6)])
    return len(outside) == 1 and len(np.unique(y)) > 2


def _losses(
    examination: Examination, target: Signal, nearest: Nearest
) -> tuple[float, float] | None:
    """The user's loss at the nearest outputs and at the targets; None where there is no loss."""
    assert examination.probed is not None
    if len(examination.data.targets) > 1:
        return None
    chosen = np.unique(
        np.linspace(0, len(nearest.wanted) - 1, min(MOST_ROWS, len(nearest.wanted))).astype(int)
    )
    given = target.values
    rows = np.linspace(0, len(given) - 1, len(nearest.wanted)).astype(int)[chosen]
    adapter, kind = examination.probed.adapter, examination.probed.adapter.precision
    try:
        near, at = (
            adapter.loss([each[chosen].astype(kind)], [given[rows]], examination.loss)
            for each in (nearest.reached, nearest.wanted)
        )
    except Exception:
        return None
    return (float(near), float(at)) if np.isfinite([near, at]).all() else None


def _remedy(target: Signal, bounds: Bounds, width: int) -> str:
    place = target.place
    if bounds.changeable:
        return (
            f'model.get_layer("{bounds.layer}").activation = keras.activations.linear'
            "  # then compile it again"
        )
    if not isfinite(bounds.high):
        return f"{place} = {place} - {place}.min()  # or leave the {bounds.by} out"
    if bounds.low == 0 and bounds.by != "softmax":
        return (
            f"{place} = ({place} - {place}.min()) / ({place}.max() - {place}.min())"
            f"  # or leave the {bounds.by} out"
        )
    if bounds.low == -bounds.high:
        return (
            f"{place} = {place} / abs({place}).max() * {bounds.high:g}"
            f"  # or end with a linear layer of {width} units"
        )
    return f"# end with a linear layer of {width} units in place of the {bounds.by}"
