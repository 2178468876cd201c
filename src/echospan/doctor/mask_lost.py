"""Where a mask ends on its way to the layers that would use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echospan.adapters.facts import Mask
from echospan.adapters.mask_steps import MaskStep
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.streams import flat_features
from echospan.results.check_report import Finding, Severity

READS = ("Conv", "Pool", "Flatten", "Reshape", "Permute", "Lambda", "Resizing", "EinsumDense")
"""Beginnings and parts of the names of layers that put time steps together, and know no mask."""


@dataclass(frozen=True)
class Lost:
    """A mask that ends.

    Attributes:
        at: The call that does not pass it on.
        reader: The first call behind it, or itself, that reads padding for want of the mask.
        uses: Whether that one would use a mask.
    """

    at: MaskStep
    reader: MaskStep
    uses: bool


def lost(steps: Sequence[MaskStep]) -> Lost | None:
    """Where a mask ends before something that reads the steps it would hide; None if nowhere.

    A layer that uses the mask and gives one answer for all steps has no mask to pass on. Behind a
    recurrent layer that used it masked steps repeat the last real one, so that only another
    layer which would use it again counts.
    """
    used = False
    for number, step in enumerate(steps):
        if step.came and not step.went and not step.uses:
            behind = steps[number + 1 :]
            wanting = [each for each in behind if each.uses and (not each.came or step.by_chance)]
            if wanting:
                return Lost(step, wanting[0], True)
            reading = [each for each in [step, *behind] if _reads(each)]
            if not used and reading:
                return Lost(step, reading[0], False)
        used |= step.came and step.uses
    return None


def _reads(step: MaskStep) -> bool:
    return step.steps > 1 and any(name in step.kind for name in READS)


def mask_lost(
    examination: Examination, mask: Mask | None, x: np.ndarray, *, changes: bool
) -> list[Finding]:
    """A mask that some layer does not pass on, although the samples have steps to hide.

    Args:
        examination: The check under way.
        mask: What masks the input.
        x: The input (samples, time, ...).
        changes: Whether more padding was seen to change the answers.
    """
    probed = examination.probed
    if mask is None or probed is None:
        return []
    flat = x[..., None] if x.ndim == 2 else flat_features(x)
    hidden = np.asarray((flat == mask.value).all(2))
    if not hidden.any():
        return []
    try:
        found = lost(probed.adapter.mask_steps(probed.first_inputs()))
    except Exception as error:
        # Whatever a layer of the user's raises: the rest is checked without it.
        examination.skip(f"where the mask ends ({type(error).__name__})")
        return []
    return [] if found is None else [_finding(found, hidden, changes=changes)]


def _finding(found: Lost, hidden: np.ndarray, *, changes: bool) -> Finding:
    at, reader = found.at, found.reader
    who = f"Layer {at.name!r} ({at.kind})" if at.layer else f"The operation {at.name!r} ({at.kind})"
    if reader is at:
        then = "and reads the masked steps like real ones"
    elif found.uses:
        then = f"and {reader.name!r} ({reader.kind}) behind it would use it"
    else:
        then = f"and {reader.name!r} ({reader.kind}) reads the masked steps like real ones"
    chance = (
        " With this backend the mask gets through by chance, for the shape stays the same; with "
        "another it does not."
        if at.by_chance
        else ""
    )
    severity: Severity = "error" if changes and not at.by_chance else "warning"
    return find(
        "mask-lost",
        f"{who} does not pass the mask on, {then}. {hidden.mean():.0%} of the steps of the samples "
        f"examined are masked.{chance}",
        severity=severity,
        remedy=_remedy(found),
        layer=at.name,
        kind=at.kind,
        reader=reader.name,
        masked=float(hidden.mean()),
        by_chance=at.by_chance,
    )


def _remedy(found: Lost) -> str:
    at = found.at
    if not at.layer:
        joined = {"Add": "Add", "Multiply": "Multiply", "Subtract": "Subtract"}.get(at.kind)
        if joined:
            return (
                f"h = keras.layers.{joined}()([h, other])  # the layer passes the mask on; "
                "an operator does not"
            )
        return "# use a layer of keras.layers in place of the operation: it passes the mask on"
    if "Flatten" in at.kind or "GlobalMax" in at.kind:
        return f'keras.layers.GlobalAveragePooling1D()  # uses the mask; in place of "{at.name}"'
    return (
        f'model.get_layer("{at.name}").supports_masking = True'
        "  # if it keeps the number of time steps; else leave it out"
    )
