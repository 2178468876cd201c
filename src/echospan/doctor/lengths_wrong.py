"""Lengths that are an input of their own, against the padding of the samples."""

from __future__ import annotations

import numpy as np

from echospan.adapters.signals import Signal
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.streams import absent_steps
from echospan.results.check_report import Finding

MOSTLY = 0.95
"""Share of the samples that must agree."""


def length_findings(examination: Examination) -> list[Finding]:
    """Lengths that are those of other samples, of the padded samples, or some steps off."""
    sources = examination.data.sources
    found = []
    for lengths in sources:
        given = lengths.values.reshape(len(lengths.values), -1)
        if lengths.sequence or lengths.values.dtype.kind not in "iu" or given.shape[1] != 1:
            continue
        for source in sources:
            if source.sequence and not examination.data.padded:
                found += _against(lengths, given[:, 0].astype(int), source)
    return found[:1]


def _against(lengths: Signal, given: np.ndarray, source: Signal) -> list[Finding]:
    padded, value = absent_steps(source.values)
    # Padding in front is no matter of lengths.
    if value is None or padded[:, 0].any():
        return []
    real, steps = (~padded).sum(1), padded.shape[1]
    off = given - real
    if (off == 0).mean() >= MOSTLY or given.min() < 0 or given.max() > steps + 1:
        return []
    place, name = lengths.place, source.place
    flat = source.values.ndim == 2
    count = f"({name} != {value:g})" if flat else f"({name} != {value:g}).any(-1)"
    # The parts of a tuple cannot be set.
    remedy = f"lengths = {count}.sum(1)  # in place of {place}"
    if not lengths.fixed:
        remedy = f"{place} = {count}.sum(1)"
    row = int(np.flatnonzero(off)[0])
    facts = f"sample {row} has {int(real[row])} real steps, and its length is {int(given[row])}"
    if np.array_equal(np.sort(given), np.sort(real)):
        said = (
            f"The lengths in {place} are those of {name}, but of other samples: {facts}. One of "
            "the two was sorted or shuffled without the other."
        )
        kind = "order"
    elif (given == steps).all():
        said = (
            f"The lengths in {place} are all {steps}, the length of the padded samples: {facts}. "
            "So padding is read like real steps."
        )
        kind = "padded"
    elif (off == off[row]).mean() >= MOSTLY:
        large = off[row] > 0
        size, what = ("large", "padding is read") if large else ("small", "real steps are not read")
        said = (
            f"The lengths in {place} are {abs(int(off[row]))} too {size}: {facts}, so that {what}."
        )
        kind = "shifted"
    else:
        return []
    return [
        find(
            "lengths-wrong",
            said,
            severity="error" if kind == "order" else "warning",
            remedy=remedy,
            kind=kind,
            row=row,
            real=int(real[row]),
            given=int(given[row]),
            samples=int((off != 0).sum()),
        )
    ]
