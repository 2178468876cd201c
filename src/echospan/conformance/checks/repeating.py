"""The same call twice, and whether a lost state would show at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.case import Case, Comparison
from echospan.conformance.checks.base import STEPS, Check, lost, ordinary


class Repeat(Check):
    """Whether the same call gives the same answers."""

    name = "repeat"
    title = "The same call gives the same answers"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """A call without a state, and one that gives one."""
        yield Case(2, (4,) if model.few_shapes else (STEPS,))

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Twice without a state, and twice from the start."""
        x = ordinary(model, case.batch, case.steps)
        first, one = model.whole(x), model.run(x, None)[0]
        second, two = model.whole(x), model.run(x, None)[0]
        return Comparison(np.concatenate([second, two]), np.concatenate([first, one]))

    def script(self, case: Case) -> tuple[str, ...]:
        """Twice the same."""
        return (
            f"x = inputs({case.batch}, {case.steps}, 0)",
            "expected = np.concatenate([whole(x), run(x, None)[0]])",
            "found = np.concatenate([whole(x), run(x, None)[0]])",
        )

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """Chance, or a state in the model."""
        return (
            "The model draws random numbers (dropout, noise, random routing), or keeps something "
            "of a call for the next one."
        )


class Power(Check):
    """Whether a lost state would show: without that, nothing that passes means anything."""

    name = "power"
    title = "A state that is lost changes the answers"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """A sequence in one call; it is compared with itself."""
        yield Case(1, (8,) if model.few_shapes else (STEPS,))

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Equal by itself: the power is what counts."""
        y = model.whole(ordinary(model, case.batch, case.steps))
        return Comparison(y, y)

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float:
        """What a state would cost that is lost at the middle."""
        x = ordinary(model, case.batch, case.steps)
        return lost(model, x, case.steps // 2, expected)

    def script(self, case: Case) -> tuple[str, ...]:
        """There is no fault to show."""
        return ()
