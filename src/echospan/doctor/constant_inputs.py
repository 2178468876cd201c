"""Features of an input that tell nothing, since they never change or stand there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.signals import Signal
from echospan.doctor.finding import find
from echospan.doctor.streams import one_hot
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    from echospan.doctor.examination import Examination

MOST_FEATURES = 256
"""Features of one input that are compared."""


def constant_inputs(examination: Examination) -> list[Finding]:
    """Look for features that never change, or that equal another."""
    found = []
    for source in examination.data.sources:
        x = source.values
        if not source.sequence or x.ndim != 3 or x.dtype.kind not in "fiu" or len(x) < 8:
            continue
        flat = x.reshape(-1, x.shape[-1]).astype("float64")
        if not np.isfinite(flat).all() or one_hot(x) is not None:
            continue
        still = np.flatnonzero(np.ptp(flat, axis=0) == 0)
        if len(still) == flat.shape[1]:
            found.append(
                find(
                    "input-scale",
                    f"{source.place} is {flat[0, 0]:.4g} everywhere: all samples look the same to "
                    "the model.",
                    severity="warning",
                    remedy=f"# look where {source.place} is made: storing numbers from 0 to 1 as "
                    "integers makes them all 0",
                    features=still.tolist(),
                    kind="constant",
                )
            )
            continue
        twins = _twins(flat, set(still.tolist()))
        if len(still) and flat.shape[1] <= 256:
            found.append(
                _note(source, f"never changes in feature{_many(still)}", still, "constant")
            )
        if twins:
            told = [second for _, second in twins]
            found.append(
                _note(
                    source, f"holds the same numbers twice in feature{_many(told)}", told, "twice"
                )
            )
    return found


def _note(source: Signal, what: str, features: Any, kind: str) -> Finding:
    numbers = [int(feature) for feature in features]
    return find(
        "input-scale",
        f"{source.place} {what}, so that nothing can be learned from "
        f"{'it' if len(numbers) == 1 else 'them'}.",
        severity="note",
        remedy=f"{source.place} = np.delete({source.place}, {numbers}, axis=-1)",
        features=numbers,
        kind=kind,
    )


def _twins(flat: np.ndarray, still: set[int]) -> list[tuple[int, int]]:
    """Features that equal one before them everywhere."""
    first: dict[bytes, int] = {}
    found = []
    for number in range(min(flat.shape[1], MOST_FEATURES)):
        if number in still:
            continue
        key = flat[:, number].tobytes()
        if key in first:
            found.append((first[key], number))
        first.setdefault(key, number)
    return found


def _many(numbers: Any) -> str:
    shown = ", ".join(str(int(number)) for number in list(numbers)[:6])
    more = ", ..." if len(numbers) > 6 else ""
    return f"{'s' if len(numbers) > 1 else ''} {shown}{more}"
