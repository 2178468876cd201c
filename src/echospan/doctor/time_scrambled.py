"""Reshapes inside a model that mix time steps with channels, features or heads.

A reshape keeps the order of the numbers. Where an axis of some length stands in another place
afterwards, only a transpose moves it there: a reshape cuts the numbers anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echospan.adapters.reshapes import Reshape
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.results.check_report import Finding

Shape = tuple[int, ...]

SHORTEST = 3
"""Steps from which an axis is told from others by its length."""
MOST_NUMBERS = 4_000_000


@dataclass(frozen=True)
class Scrambled:
    """An axis that a reshape takes apart.

    Attributes:
        reshape: The reshape.
        length: Of the axis.
        axis: Its place before.
        place: Where an axis of this length stands afterwards.
        open: Whether the same reshape may cut the steps into pieces on purpose.
    """

    reshape: Reshape
    length: int
    axis: int
    place: int
    open: bool = False


def time_scrambled_findings(examination: Examination) -> list[Finding]:
    """Reshapes of the model that take the time axis apart."""
    probed = examination.probed
    if probed is None:
        return []
    try:
        made = probed.adapter.reshapes(probed.first_inputs())
    except Exception as error:
        # Whatever a layer of the user's raises: the rest is checked without it.
        examination.skip(f"whether reshapes mix time steps ({type(error).__name__})")
        return []
    times = {source.values.shape[1] for source in examination.data.sources if source.sequence}
    seen: dict[str, Finding] = {}
    for reshape in made:
        found = scrambled(reshape, probed.rows, times)
        if found is not None:
            seen.setdefault(reshape.where, _finding(found, examination.facts.framework))
    return list(seen.values())


def scrambled(reshape: Reshape, rows: int, times: set[int]) -> Scrambled | None:
    """The axis that a reshape takes apart; None where it takes none.

    Looked at are reshapes that keep the batch axis first, or fold another axis into it, and have an
    axis of some length before and after. That is the time axis, or else the sizes are those before
    in another order.

    Args:
        reshape: The reshape.
        rows: Rows of the batch.
        times: Time steps of the model's inputs.
    """
    before, after = reshape.before, reshape.after
    if len(before) < 3 or len(after) < 3 or before[0] != rows or after[0] % rows:
        return None
    if int(np.prod(before)) > MOST_NUMBERS:
        return None
    reordered = after[0] == rows and sorted(before) == sorted(after)
    lengths = [
        (length, axis)
        for axis, length in enumerate(before)
        if axis and length >= SHORTEST and before[1:].count(length) == 1
        if length in times or reordered
    ]
    # The time axis before others.
    for length, axis in sorted(lengths, key=lambda each: each[0] not in times):
        places = [place for place, size in enumerate(after) if place and size == length]
        if places and not any(keeps_axis(before, after, axis, place) for place in places):
            pieces = reordered and len(before) == 3 and length in times and _divide(before)
            opened = pieces and not reshape.reader
            return Scrambled(reshape, length, axis, places[0], opened)
    return None


def keeps_axis(before: Shape, after: Shape, axis: int, place: int) -> bool:
    """Whether every number keeps its place along an axis."""
    number = np.arange(int(np.prod(before)))
    first = number // int(np.prod(before[axis + 1 :], dtype=int)) % before[axis]
    second = number // int(np.prod(after[place + 1 :], dtype=int)) % after[place]
    return bool((first == second).all())


def _divide(before: Shape) -> bool:
    """Whether pieces of several steps would come to the same shape."""
    one, other = before[1:3]
    return max(one, other) % min(one, other) == 0


def _finding(found: Scrambled, framework: str) -> Finding:
    reshape = found.reshape
    before, after = _told(reshape.before), _told(reshape.after)
    meaning = (
        "If the steps are cut into pieces on purpose, that is right; if axes shall change places, "
        "it takes a transpose."
        if found.open
        else "A reshape keeps the order of the numbers: axes change places by a transpose only."
    )
    return find(
        "time-scrambled",
        f"{_place(reshape.where)} reshapes {before} to {after}. The axis of length {found.length} "
        f"was axis {found.axis}; what is axis {found.place} afterwards mixes its steps with the "
        f"other axes. {meaning}",
        severity="note" if found.open else "warning",
        remedy=_remedy(found, framework),
        where=reshape.where,
        before=list(reshape.before),
        after=list(reshape.after),
        axis=found.axis,
        reader=reshape.reader,
    )


def _place(where: str) -> str:
    return where[:1].upper() + where[1:] if where.startswith("layer ") else where or "The model"


def _told(shape: Shape) -> str:
    return "(batch" + "".join(f", {size}" for size in shape[1:]) + ")"


def _remedy(found: Scrambled, framework: str) -> str:
    """The lines that move the axis, and then reshape what may be reshaped."""
    before, after = found.reshape.before, found.reshape.after
    move, shape = ("permute", "reshape") if framework == "torch" else ("transpose", "reshape")

    def moved(order: list[int]) -> str:
        if framework == "torch":
            return f"h.{move}({', '.join(map(str, order))})"
        return f"keras.ops.{move}(h, ({', '.join(map(str, order))}))"

    def cut(of: str, sizes: Shape) -> str:
        told = ", ".join(map(str, sizes))
        if framework == "torch":
            return f"{of}.{shape}({told})"
        return f"keras.ops.{shape}({of}, ({told}))"

    if sorted(before[1:]) == sorted(after[1:]) and len(set(before[1:])) == len(before) - 1:
        order = [0, *(before.index(size, 1) for size in after[1:])]
        return f"h = {moved(order)}  # not a reshape"
    if len(before) == 3 and len(after) == 4 and found.axis == 1 and found.place == 2:
        # Heads, or channels, in front of time.
        split = cut("h", (-1, before[1], after[1], after[3]))
        return f"h = {split}\nh = {moved([0, 2, 1, 3])}  # (batch, heads, time, width)"
    if len(before) == 4 and len(after) == 3 and found.axis == 2 and found.place == 1:
        joined = cut("h", (-1, after[1], after[2]))
        return f"h = {moved([0, 2, 1, 3])}\nh = {joined}  # (batch, time, width)"
    if len(before) == len(after) == 3 and found.axis == found.place == 1:
        heads = after[0] // before[0]
        split = cut("h", (-1, before[1], heads, after[2]))
        return (
            f"h = {split}\nh = {moved([0, 2, 1, 3])}\n"
            f"h = {cut('h', (-1, before[1], after[2]))}  # (batch x heads, time, width)"
        )
    return f"# first a transpose that brings axis {found.axis} to its new place, then the reshape"
