"""The gradient through a state that is carried."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.case import Case, Comparison
from echospan.conformance.checks.base import Check, ordinary


class ThroughState(Check):
    """Whether the gradient gets through the state as through one call."""

    name = "gradient"
    title = "The gradient gets through a carried state as through one call"
    parts = ("gradient",)

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """One cut, and several."""
        yield Case(1, (4, 4) if model.few_shapes else (5, 4))
        if not model.few_shapes:
            yield Case(2, (4, 3, 2))

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """The gradient of the last chunk's answers with respect to the first chunk's inputs."""
        x, mixture = ordinary(model, case.batch, case.steps), self._mixture(model, case)
        spans = case.spans()
        start, end = spans[-1]
        found = model.gradient([x[:, a:b] for a, b in spans], mixture[:, start:end])
        return Comparison(found, self.whole(model, x, mixture, case))

    def whole(
        self, model: StatefulModel, x: np.ndarray, mixture: np.ndarray, case: Case
    ) -> np.ndarray:
        """The same in one call."""
        start, end = case.spans()[-1]
        only = np.zeros_like(mixture)
        only[:, start:end] = mixture[:, start:end]
        return model.gradient([x], only)[:, : case.cuts[0]]

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """The gradient itself: one that is cut off is zero."""
        return float(np.abs(expected).max())

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """Cut off, or another."""
        if found.found.shape == found.expected.shape and not np.any(found.found):
            return "The gradient is cut off: the state is detached between two chunks."
        return "Part of the gradient is lost, or taken from another computation than one call."

    def script(self, case: Case) -> tuple[str, ...]:
        """Not written: how a gradient is asked for differs too much."""
        return ()

    def _mixture(self, model: StatefulModel, case: Case) -> np.ndarray:
        outputs = model.whole(ordinary(model, case.batch, case.steps))
        return np.random.default_rng(5).normal(size=outputs.shape)
