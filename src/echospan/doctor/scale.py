"""Inputs and targets in a scale that keeps training from its work; NaN that the model makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from echospan.adapters.adapt import cells, nan_begins
from echospan.doctor.constant_inputs import constant_inputs
from echospan.doctor.finding import find
from echospan.doctor.probe_model import typed
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    from echospan.doctor.as_given import AsGiven
    from echospan.doctor.examination import Examination

SATURATED = 0.8
"""Share of the gates from which on the input is told to saturate the layer."""

USUAL_RATE = 0.001
"""Adam's default rate, where the optimizer is not known."""

EPOCHS = 100
"""Epochs that are assumed where none are given."""

LEAST = 2_000
"""Updates below which a way is not called long, where no epochs are given."""

FAR = 10.0
"""Distance of the outputs from the targets from which on it may be one of scale."""

SLOW = 1e-5
"""Rates up to which the rate is to blame."""

UNKNOWN = 3
"""How many times longer a way must be for each of the rate and the epochs that is not known."""

TRIED = 20
"""Updates of a clone that measure how fast the loss falls."""


def scale_findings(examination: Examination) -> list[Finding]:
    """Look at the scale of inputs and targets, and at constant inputs."""
    found = constant_inputs(examination)
    try:
        found += _saturated(examination)
    except Exception as error:
        examination.skip(f"whether inputs saturate a layer ({type(error).__name__})")
    given = examination.given
    if given is not None:
        try:
            found += _far_targets(examination, given)
        except Exception as error:
            examination.skip(f"the scale of the targets ({type(error).__name__})")
    return found


def nan_findings(examination: Examination) -> list[Finding]:
    """NaN in the outputs, or in the gradient, of a model that was given numbers."""
    given = examination.given
    if given is None:
        return []
    bad = [np.isnan(output).reshape(len(output), -1).any(1) for output in given.outputs]
    rows = np.logical_or.reduce(bad) if bad else np.zeros(0, bool)
    if not rows.any():
        return []
    chosen = np.flatnonzero(rows)[:1] // given.rows * given.rows
    numbers = np.arange(int(chosen[0]), int(chosen[0]) + given.rows)
    model = given.adapter.model if examination.facts.framework == "keras" else examination.model
    try:
        where = nan_begins(
            model,
            examination.facts,
            examination.data,
            typed(given.sources, given.samples[numbers]),
            batch_first=examination.batch_first,
        )
    except Exception:
        # The place is a help, and no finding rests on it.
        where = ""
    at = f" It begins in {where}." if where else ""
    return [
        find(
            "nan-inside",
            f"The outputs of {rows.sum():,} of {len(rows):,} samples are NaN, although inputs and "
            f"weights are numbers.{at} The loss is NaN then, and the first update makes all "
            "weights NaN.",
            remedy=f"# guard what {where or 'the model'} divides, or takes the root or logarithm "
            "of: x / (s + 1e-6)",
            where=where,
            samples=int(rows.sum()),
            looked_at=len(rows),
        )
    ]


def _saturated(examination: Examination) -> list[Finding]:
    found = []
    for cell in cells(
        examination.model,
        examination.facts,
        examination.data,
        batch_first=examination.batch_first,
    ):
        if cell.saturated < SATURATED:
            continue
        source = next((s for s in examination.data.sources if s.number == cell.source), None)
        place = "what it reads" if source is None else source.place
        axes = "(0, 1)" if source is None or source.values.ndim == 3 else "0"
        remedy = (
            "# scale what this layer reads: to mean 0 and deviation 1"
            if source is None
            else f"{place} = ({place} - {place}.mean({axes})) / {place}.std({axes})"
        )
        found.append(
            find(
                "input-scale",
                f"{cell.kind} {cell.name!r} is given numbers from {cell.low:.4g} to "
                f"{cell.high:.4g}: with the weights that it starts with they saturate "
                f"{cell.saturated:.0%} of its gates, which then hardly change from sample to "
                "sample and pass hardly any gradient.",
                severity="warning",
                remedy=remedy,
                layer=cell.name,
                saturated=cell.saturated,
                inputs=[cell.low, cell.high],
                kind="saturated",
            )
        )
    return found[:1]


def _far_targets(examination: Examination, given: AsGiven) -> list[Finding]:
    data = examination.data
    if len(data.targets) != 1 or len(given.outputs) != 1:
        return []
    target, outputs = data.targets[0], given.outputs[0]
    y = target.values[given.samples]
    if y.dtype.kind not in "fiu" or y.size != outputs.size:
        return []
    wanted = y.reshape(outputs.shape).astype("float64")
    distance = float(np.sqrt(((wanted - outputs) ** 2).mean()))
    if not np.isfinite(distance) or distance < FAR or np.array_equal(np.unique(wanted), [0, 1]):
        return []
    rate, epochs = examination.rate, examination.epochs
    if rate is not None and (not rate.normalises or rate.rate <= SLOW):
        # A plain gradient is as large as the distance is; and a rate of nothing is no matter of
        # scale.
        return []
    step = rate.rate if rate is not None else USUAL_RATE
    each = max(data.samples // examination.batch_size, 1)
    # What is only assumed leaves room: others train longer, and with faster rates.
    budget = each * epochs if epochs else UNKNOWN * max(each * EPOCHS, LEAST)
    budget *= 1 if rate is not None else UNKNOWN
    # One update moves each weight by about the rate, and with it the output by the rate times what
    # the last layer is given; a recurrent layer gives at most 1.
    width = _width(given)
    needed = distance / 2 / (step * (1 + width))
    if needed < budget:
        return []
    how = f"{rate.kind} at {step:g}" if rate is not None else f"Adam at its usual {step:g}"
    measured = ""
    if rate is not None:
        seen = _measured(examination)
        if seen is not None:
            if seen < budget:
                return []
            measured = f", going by {TRIED} updates of a clone" if np.isfinite(seen) else ""
            needed = seen if np.isfinite(seen) else needed
    given_epochs = f"{epochs:,} epochs make" if epochs else f"{EPOCHS} epochs would make"
    lead = "y" if not target.name else target.place
    return [
        find(
            "input-scale",
            f"{lead} goes from {wanted.min():.4g} to {wanted.max():.4g}, and the outputs start "
            f"{distance:.3g} away from it. {how} moves them so slowly that half of the way may "
            f"take about {needed:,.0f} updates{measured}; {given_epochs} "
            f"{each * (epochs or EPOCHS):,}.",
            severity="warning",
            exact=False,
            remedy=f"{target.place} = ({target.place} - {target.place}.mean()) / "
            f"{target.place}.std()  # and undo it for predictions",
            distance=distance,
            needed=float(needed),
            updates=int(each * (epochs or EPOCHS)),
            kind="targets",
        )
    ]


def _width(given: AsGiven) -> int:
    """How many numbers the last layer is given: rows of the last matrix."""
    matrices = [v for v in given.adapter.parameters().values() if v.ndim == 2]
    outputs = given.outputs[0].shape[-1] if given.outputs[0].ndim > 1 else 1
    for matrix in reversed(matrices):
        if outputs in matrix.shape:
            return int(matrix.size // outputs)
    return max((max(m.shape) for m in matrices), default=1)


def _measured(examination: Examination) -> float | None:
    """Updates to half of the distance, as the first ones go; None where they cannot be made."""
    if not examination.affords(TRIED):
        examination.leave_for_thorough("how fast updates of a clone reach the targets")
        return None
    course = examination.course
    if course is None:
        return None
    losses = course.made(TRIED)
    if len(losses) < TRIED or not np.isfinite(losses).all() or losses[0] <= 0:
        return None
    first, last = float(np.mean(losses[:3])), float(np.mean(losses[-3:]))
    if first - last < 2 * float(np.std(losses)):
        # Batches differ by more than what was gained.
        return float("inf")
    share = 1 - float(np.sqrt(max(last, 0.0) / first))
    return float("inf") if share <= 0 else float(0.5 / share * (TRIED - 3))
