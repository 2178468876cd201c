"""All checks, in the order in which they run: what others rest on first."""

from __future__ import annotations

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.checks.base import Check
from echospan.conformance.checks.batch import Reorder, Rows
from echospan.conformance.checks.cutting import Chunks, Prefix, Steps
from echospan.conformance.checks.gradients import ThroughState
from echospan.conformance.checks.keeping import Between, Copied, Crop, Interleave, Reset, Save
from echospan.conformance.checks.packing import Packed
from echospan.conformance.checks.padding import PADDING
from echospan.conformance.checks.repeating import Power, Repeat

CHECKS: tuple[type[Check], ...] = (
    Repeat,
    Power,
    Prefix,
    Steps,
    Chunks,
    Rows,
    *PADDING,
    Save,
    Copied,
    Interleave,
    Between,
    Reset,
    Reorder,
    Crop,
    Packed,
    ThroughState,
)
"""The classes. `Packed` is made once for each means that a model offers."""

NAMES: tuple[str, ...] = tuple("packed" if each is Packed else each.name for each in CHECKS)
"""What `checks` and `allow` of `echospan.conform` take."""

TITLES: dict[str, str] = {name: each.title for name, each in zip(NAMES, CHECKS, strict=True)}


def checks_for(model: StatefulModel, names: tuple[str, ...] | None = None) -> list[Check]:
    """The checks of a model.

    Args:
        model: Says by which means it takes packed documents.
        names: The wanted ones, out of `NAMES`; left out, all.
    """
    found: list[Check] = []
    for name, each in zip(NAMES, CHECKS, strict=True):
        if names is not None and name not in names:
            continue
        if each is Packed:
            found += [Packed(means) for means in model.packings()]
        else:
            found.append(each())
    return found
