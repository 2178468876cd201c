"""What every check has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np

from echospan.adapters.stateful import StatefulModel, StatefulPart
from echospan.conformance.attempt import WrongShape
from echospan.conformance.case import Case, Comparison, largest

STEPS = 20
"""Steps of an ordinary sequence."""

LONG = 70
"""Steps of a long one: more than the 64 of the inner blocks that some models have."""


class Check(ABC):
    """One way in which a model is compared with itself.

    Attributes:
        name: Of its row in the report.
        title: What holds where it passes, in a sentence.
        parts: Parts of the model that it needs beside `run`.
        isolated: Whether it compares two runs in the same chunks, so that a fault of chunks is
            none of its own.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    parts: ClassVar[tuple[StatefulPart, ...]] = ()
    isolated: ClassVar[bool] = False

    @abstractmethod
    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """The cases to compare, in an order in which the first fault is a simple one."""

    @abstractmethod
    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Run one case."""

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """The difference that the fault would make which this check looks for.

        Args:
            model: The model.
            case: One that was compared.
            expected: What it should give.

        Returns:
            None where there is no such number.
        """
        return None

    def smaller(self, case: Case) -> list[Case]:
        """Cases to try when a fault is made smaller, the smallest first."""
        return [*fewer_rows(case), *smaller_cuts(case)]

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """The likely cause of a fault, with the evidence; empty where none is known."""
        return ""

    @abstractmethod
    def script(self, case: Case) -> tuple[str, ...]:
        """Lines that define `found` and `expected` by the functions of `Script`."""


def run_in_chunks(
    model: StatefulModel,
    x: np.ndarray,
    cuts: tuple[int, ...],
    state: object = None,
    mask: np.ndarray | None = None,
    positions: np.ndarray | None = None,
) -> tuple[np.ndarray, object]:
    """Run chunk after chunk.

    Args:
        model: The model.
        x: Inputs (batch, time, ...).
        cuts: Lengths of the chunks.
        state: The state before the first; None at the start.
        mask: Booleans (batch, steps before x + time).
        positions: Integers (batch, time).

    Returns:
        Outputs (batch, time, ...), and the state after the last.
    """
    outputs, at = [], 0
    before = 0 if mask is None else mask.shape[1] - sum(cuts)
    for cut in cuts:
        chosen = slice(at, at + cut)
        y, state = model.run(
            x[:, chosen],
            state,
            None if mask is None else mask[:, : before + at + cut],
            None if positions is None else positions[:, chosen],
        )
        outputs.append(_of_chunk(y, x[:, chosen]))
        at += cut
    return np.concatenate(outputs, 1), state


def _of_chunk(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    if y.shape[:2] != x.shape[:2]:
        raise WrongShape(f"inputs (batch, time) = {x.shape[:2]} gave outputs of shape {y.shape}")
    return y


def after_first(model: StatefulModel, x: np.ndarray, cuts: tuple[int, ...]) -> np.ndarray:
    """Outputs of all chunks but the first, when nothing else happens in between."""
    return run_in_chunks(model, x, cuts)[0][:, cuts[0] :]


def ordinary(model: StatefulModel, batch: int, steps: int = STEPS) -> np.ndarray:
    """Inputs of a case."""
    return model.inputs(batch, steps, 0)


def other(model: StatefulModel, batch: int, steps: int = STEPS) -> np.ndarray:
    """Inputs of another sequence."""
    return model.inputs(batch, steps, 1)


SCRIPT_EXPECTED = "expected = in_chunks(x, {cuts})[0][:, {start}:]"


def lost(model: StatefulModel, x: np.ndarray, at: int, expected: np.ndarray) -> float:
    """The difference that it makes to begin anew at a step."""
    return largest(model.whole(x[:, at:]), expected[:, at:])


def fewer_rows(case: Case) -> list[Case]:
    """The same with fewer rows."""
    return [replace(case, batch=batch) for batch in range(1, case.batch)]


def smaller_cuts(case: Case, least: int = 2) -> list[Case]:
    """The same with fewer and shorter chunks, but with at least so many."""
    found: set[tuple[int, ...]] = set()
    cuts = case.cuts
    for n in range(len(cuts)):
        without = (*cuts[:n], *cuts[n + 1 :])
        if len(without) >= least:
            found.add(without)
        for length in {1, 2, 3, cuts[n] // 2, cuts[n] - 1}:
            if 0 < length < cuts[n]:
                found.add((*cuts[:n], length, *cuts[n + 1 :]))
    order = sorted(found, key=lambda each: (sum(each), len(each), each))
    return [replace(case, cuts=each) for each in order]


SCRIPT_CHUNKS = (
    "def in_chunks(x, cuts, state=None):",
    "    outputs, at = [], 0",
    "    for cut in cuts:",
    "        y, state = run(x[:, at : at + cut], state)",
    "        outputs.append(y)",
    "        at += cut",
    "    return np.concatenate(outputs, 1), state",
)
