"""One way of running a model that is compared with another, and what the comparison gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """How a model is run in one comparison.

    Attributes:
        batch: Rows.
        cuts: Lengths of the chunks, in order; their sum is the number of steps.
        pads: Steps of padding in the last row; rows before it have fewer.
        taken: Steps that are taken back.
        index: Rows that are taken from the batch, in order.
        means: How several documents are given in one row.
    """

    batch: int = 1
    cuts: tuple[int, ...] = ()
    pads: int = 0
    taken: int = 0
    index: tuple[int, ...] = ()
    means: str = ""

    @property
    def steps(self) -> int:
        """Time steps of all chunks."""
        return sum(self.cuts)

    def spans(self) -> list[tuple[int, int]]:
        """First step of each chunk, and the one after its last."""
        ends = [int(end) for end in np.cumsum(self.cuts)]
        return list(zip([0, *ends[:-1]], ends, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """The fields that this case uses, for a result."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Comparison:
    """What was found in one case, and what should have been.

    Attributes:
        found: Outputs (batch, time, ...), or of the real steps alone (steps, ...).
        expected: As many.
    """

    found: np.ndarray
    expected: np.ndarray

    @property
    def difference(self) -> float:
        """The largest absolute difference; infinite where shapes differ, or one is NaN."""
        return largest(self.found, self.expected)


def largest(one: np.ndarray, other: np.ndarray) -> float:
    """The largest absolute difference of two arrays; infinite where it can't be told."""
    if one.shape != other.shape:
        return float("inf")
    if not one.size:
        return 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        worst = float(np.abs(one.astype("float64") - other.astype("float64")).max())
    return float("inf") if np.isnan(worst) else worst


def shrunk(
    case: Case, smaller: Callable[[Case], list[Case]], fails: Callable[[Case], bool], most: int = 60
) -> Case:
    """The smallest case that still fails, found by trying smaller ones until none fails.

    Args:
        case: One that fails.
        smaller: Cases that are smaller than one, the smallest first.
        fails: Whether a case fails.
        most: The largest number of cases to try.
    """
    tried: set[Case] = {case}
    while True:
        for one in smaller(case):
            if one in tried:
                continue
            if len(tried) > most:
                return case
            tried.add(one)
            if fails(one):
                case = one
                break
        else:
            return case
