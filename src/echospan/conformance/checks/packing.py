"""Several documents in one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.case import Case, Comparison, largest
from echospan.conformance.checks.base import Check, ordinary, smaller_cuts
from echospan.conformance.checks.causes import same


class Packed(Check):
    """Whether documents that lie in one row know nothing of each other.

    Args:
        means: How the model is told where a document begins, one of `StatefulModel.packings`.
    """

    title = "Documents that are packed into one row know nothing of each other"
    parts = ("packed",)

    def __init__(self, means: str) -> None:
        self.name = f"packed:{means}"  # type: ignore[misc]
        self.means = means

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """Two documents, and several of different lengths."""
        yield Case(1, (7, 9), means=self.means)
        yield Case(1, (3, 8, 1, 6), means=self.means)

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """In one row against each document alone."""
        x = ordinary(model, 1, case.steps)
        alone = [model.whole(x[:, start:end]) for start, end in case.spans()]
        return Comparison(model.packed(x, case.cuts, self.means), np.concatenate(alone, 1))

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """What it would cost to take them for one document."""
        return largest(model.whole(ordinary(model, 1, case.steps)), expected)

    def smaller(self, case: Case) -> list[Case]:
        """Two short documents."""
        return [replace(each, means=self.means) for each in smaller_cuts(case)]

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """The borders have no effect, or not on all layers."""
        if same(model.whole(ordinary(model, 1, case.steps)), found.found, found):
            return "The borders have no effect: the answers equal those of one document."
        return (
            "A document's answers depend on those before it: some layers see the borders, others "
            "don't, such as a recurrence or a convolution that runs across them."
        )

    def script(self, case: Case) -> tuple[str, ...]:
        """With `packed` of the script."""
        return (
            f"x, lengths = inputs(1, {case.steps}, 0), {list(case.cuts)}",
            f"found = packed(x, lengths, {self.means!r})",
            "ends = np.cumsum(lengths)",
            "parts = [x[:, end - n : end] for n, end in zip(lengths, ends)]",
            "expected = np.concatenate([whole(part) for part in parts], 1)",
        )
