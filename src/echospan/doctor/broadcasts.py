"""Outputs and targets of different shapes, which a loss spreads over each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from echospan.adapters.base import Adapter
from echospan.adapters.signals import Signal
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.results.check_report import Finding, Severity

Side = Literal["outputs", "targets", "both"]


@dataclass(frozen=True)
class Spread:
    """How two shapes are compared element by element.

    Attributes:
        shape: In which they are compared.
        axes: Axes of it along which one of them is repeated.
        repeated: Which one is repeated.
        rows: Whether a row's output meets the targets of other rows.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    repeated: Side
    rows: bool


def spread_of(outputs: tuple[int, ...], targets: tuple[int, ...]) -> Spread | None:
    """How outputs and targets (rows, ...) spread over each other.

    Returns:
        None where each output meets one target, or where they don't fit at all.
    """
    try:
        shape = np.broadcast_shapes(outputs, targets)
    except ValueError:
        return None
    axes = len(shape)
    one, other = ((1,) * (axes - len(each)) + each for each in (outputs, targets))
    apart = tuple(axis for axis in range(axes) if one[axis] != other[axis])
    if not apart:
        return None
    aligned = len(outputs) == len(targets)
    of_outputs, of_targets = (any(each[a] == 1 for a in apart) for each in (one, other))
    repeated: Side = "both"
    if of_outputs != of_targets:
        repeated = "outputs" if of_outputs else "targets"
    return Spread(tuple(shape), apart, repeated, not aligned and outputs[0] > 1)


def broadcast_findings(examination: Examination) -> list[Finding]:
    """Compare the shapes of outputs and targets of one batch under the user's loss."""
    given, data = examination.given, examination.data
    if given is None or not examination.batch_first:
        return []
    if examination.loss is not None and len(data.targets) > 1:
        # A loss of one's own gets all outputs at once.
        return []
    found = []
    for target in data.targets:
        outputs = given.outputs[target.number][: given.rows]
        y = target.values[given.samples[: given.rows]]
        if outputs.ndim and len(outputs) == len(y):
            found += _of_target(examination, given.adapter, target, outputs, y)
    return found


def _of_target(
    examination: Examination, adapter: Adapter, target: Signal, outputs: np.ndarray, y: np.ndarray
) -> list[Finding]:
    name, number, loss = target.name, target.number, examination.loss
    plain = adapter.loss_values(number, outputs, y, loss, name)
    known = plain is not None
    if not known and (loss is not None or examination.facts.framework == "keras"):
        # The loss refuses these shapes, or there is none.
        return []
    met, wanted = adapter.met(number, outputs, y, loss, name)
    spread = spread_of(met.shape, wanted.shape)
    if spread is None or (not known and y.dtype.kind != "f"):
        return []
    if plain is not None:
        values = [
            adapter.loss_values(number, one, other, loss, name)
            for one, other in _compared(met, wanted, spread)
        ]
        if not _elementwise(plain, values, rows=spread.rows):
            return []
    severity: Severity = "error" if spread.rows else "warning"
    if not known:
        severity = "warning" if spread.rows else "note"
    named: dict[str, Any] = {"output": name} if name else {}
    return [
        find(
            "loss-broadcast",
            message(outputs.shape, y.shape, spread, known=known),
            severity=severity,
            exact=known,
            remedy=_remedy(examination, target, outputs.shape, y.shape, spread),
            cause="broadcast",
            outputs=list(outputs.shape),
            targets=list(y.shape),
            compared=list(spread.shape),
            repeated=spread.repeated,
            rows_mixed=spread.rows,
            **named,
        )
    ]


def _compared(
    met: np.ndarray, wanted: np.ndarray, spread: Spread
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Both written out in full; with one side changed; with the answers of a row changed round."""
    full, targets = (np.broadcast_to(each, spread.shape).copy() for each in (met, wanted))
    if wanted.dtype.kind == "f":
        changed = targets + 0.37 * (1 + np.abs(targets))
    else:
        changed = np.roll(targets, 1, 0)
    turned = [np.roll(each, 1, axis=spread.axes) for each in (full, targets)]
    return [(full, targets), (full, changed.astype(targets.dtype)), (turned[0], turned[1])]


def _elementwise(plain: np.ndarray, values: list[np.ndarray | None], *, rows: bool) -> bool:
    """Whether a loss compares element by element, so that the shapes really are spread.

    It must give the same when they are written out in full, and take the targets into account.
    One that treats the outputs of a row differently, as for quantiles, means what it does.
    """
    full, changed, turned = values
    if full is None or full.shape != plain.shape or not _same(full, plain):
        return False
    if changed is not None and _same(changed, plain):
        return False
    return rows or (turned is not None and _same(turned.mean(), plain.mean()))


def _same(one: Any, other: Any) -> bool:
    return bool(np.allclose(one, other, rtol=1e-4, atol=1e-7, equal_nan=True))


def message(
    outputs: tuple[int, ...],
    targets: tuple[int, ...],
    spread: Spread,
    *,
    known: bool = True,
    name: str = "The loss",
) -> str:
    """What happens to outputs and targets of these shapes.

    Args:
        outputs: Shape of the outputs.
        targets: Shape of the targets.
        spread: How they are spread.
        known: Whether it is known that the loss does so.
        name: What the loss is called.
    """
    shapes = f"outputs {_told(outputs)} with targets {_told(targets)}"
    what = f"{name} compares {shapes} by broadcasting, as {_told(spread.shape)}"
    if not known:
        what = (
            f"A loss that subtracts them may compare {shapes} by broadcasting, as "
            f"{_told(spread.shape)}"
        )
    if spread.rows:
        why = (
            "Each output meets the targets of other samples too, so that the best output is "
            "the same number for all samples."
        )
    elif spread.repeated == "targets":
        why = (
            "Each target is compared with several outputs of its sample, and pulls all of them to "
            "the same value."
        )
    elif spread.repeated == "outputs":
        why = (
            "Each output is compared with several targets of its sample, and can only learn their "
            "mean."
        )
    else:
        why = "Each output of a sample is compared with targets that are not its own."
    ask = "" if known else " Give loss= to have it looked at."
    return f"{what}. {why}{ask}"


def _told(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _remedy(
    examination: Examination,
    target: Signal,
    outputs: tuple[int, ...],
    targets: tuple[int, ...],
    spread: Spread,
) -> str:
    """Lines that make them fit."""
    place = target.place
    if [side for side in outputs[1:] if side > 1] == [side for side in targets[1:] if side > 1]:
        return _reshaped(place, outputs, targets)
    keras = examination.facts.framework == "keras"
    if spread.repeated == "targets" or (spread.repeated == "both" and len(outputs) > 2):
        single = len(examination.data.targets) == 1
        return _last(examination.model, outputs, targets, keras=keras, single=single)
    width = targets[-1]
    if keras:
        return f"# end with keras.layers.Dense({width}), one unit for each target of a sample"
    return f"# end with a linear layer of {width} units, one for each target of a sample"


def _reshaped(place: str, outputs: tuple[int, ...], targets: tuple[int, ...]) -> str:
    if (*targets, 1) == outputs:
        return (
            f"{place} = {place}[..., None]" if len(targets) > 1 else f"{place} = {place}[:, None]"
        )
    if targets == (*outputs, 1):
        return f"{place} = {place}[..., 0]"
    sides = ", ".join(["-1", *map(str, outputs[1:])])
    return f"{place} = {place}.reshape({sides})"


def _last(
    model: Any, outputs: tuple[int, ...], targets: tuple[int, ...], *, keras: bool, single: bool
) -> str:
    """Lines that compare the last of several outputs of a sample."""
    part = {0: "[:, -1:]", 1: "[:, -1]", 2: "[:, -1, 0]"}.get(len(outputs) - len(targets))
    if part is None or not single or (keras and len(getattr(model, "outputs", None) or ()) != 1):
        return "# compare the last step only"
    if keras:
        why = "return_sequences=False" if len(outputs) > 2 else "a last layer of one unit"
        return (
            f"model = keras.Model(model.inputs, model.outputs[0]{part})"
            f"  # the last one only, or {why}; then compile it"
        )
    return f"loss = lambda outputs, targets, own=loss: own(outputs{part}, targets)"
