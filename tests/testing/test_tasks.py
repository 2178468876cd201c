"""The contract can fail: each task here breaks one promise."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from echospan.tasks import Adding, Echo
from echospan.testing import check_task


class Mine(Echo):
    kind: Literal["mine"] = "mine"
    symbols: int = 10
    """K."""


class Overconfident(Mine):
    @property
    def chance(self):
        return 0.05


class Predictable(Mine):
    """Most values are zero, so that always answering zero beats 1/K."""

    def draw(self, draw, sequences, arrays, part):
        values = super().draw(draw, sequences, arrays, part)
        keep = draw.integers(0, 3, values.shape)
        return values * (keep == 0)


class Constant(Mine):
    def draw(self, draw, sequences, arrays, part):
        return super().draw(draw, sequences, arrays, part) * 0


class TooWide(Mine):
    def draw(self, draw, sequences, arrays, part):
        return super().draw(draw, sequences, arrays, part) + 1


class TooShort(Mine):
    def targets(self, values):
        return super().targets(values)[:, 1:]


class Floats(Mine):
    def targets(self, values):
        return super().targets(values) * 1.0


class NeverAsks(Mine):
    def targets(self, values):
        return super().targets(values) * 0 - 1


class Neighbours(Mine):
    """Asks for the value of the sequence above: no model of one sequence could know."""

    def targets(self, values):
        xp = values.__array_namespace__()
        return super().targets(xp.roll(values, 1, axis=0))


class OtherOnJax(Mine):
    def targets(self, values):
        targets = super().targets(values)
        return targets if isinstance(values, np.ndarray) else targets[:, ::-1]


class OwnRandomness(Mine):
    """Draws from a generator of its own and not from the one it is given."""

    def draw(self, draw, sequences, arrays, part):
        values = super().draw(draw, sequences, arrays, part)
        luck = np.random.default_rng().integers(0, 10, values.shape, "int32")
        return luck if isinstance(values, np.ndarray) else values * 0 + luck


class NoReach(Mine):
    @property
    def reach(self):
        return 25


class TooSure(Mine):
    @property
    def ceiling(self):
        return 0.9


class StaysWhereItIs(Mine):
    def at_distance(self, distance):
        return self


class GoesNowhere(Mine):
    def at_distance(self, distance):
        return self.replace(lag=distance if distance == self.lag else -1)


class Undocumented(Mine):
    depth: int = 3


class Sums(Adding):
    kind: Literal["sums"] = "sums"


class SmallerError(Sums):
    @property
    def chance_error(self):
        return 0.1


class Exact(Sums):
    @property
    def tolerance(self):
        return 0.0


class Narrow(Sums):
    def draw(self, draw, sequences, arrays, part):
        return super().draw(draw, sequences, arrays, part)[..., 0]


@pytest.mark.parametrize(
    ("task", "match"),
    [
        (SmallerError, "chance_error is 0.1, but that of the mean is 0.1[5678]"),
        (Exact, "a task on numbers is a NumberTask with a tolerance"),
        (Narrow, r"values have shape \(16, 100\), not .*\(16, 100, 2\)"),
        (Overconfident, "chance is 0.05, but blind guesses"),
        (Predictable, "chance is 0.1, but the most common .* is right in 0.[67]"),
        (Constant, "another generator gave the same values"),
        (TooWide, r"values run from 1 to 10, outside -1\.\.9"),
        (TooShort, r"targets have shape \(16, 24\), not .* \(16, 25\)"),
        (Floats, "targets are float64"),
        (NeverAsks, "nothing is ever scored"),
        (Neighbours, "depend on the sequences beside it"),
        (OtherOnJax, "NumPy and JAX give other targets"),
        (OwnRandomness, "the same generator gave other values"),
        (NoReach, "reach is 25"),
        (TooSure, "ceiling is 0.9, but the targets themselves score 1"),
        (StaysWhereItIs, r"at_distance\(3\) is at distance 1"),
        (GoesNowhere, "refuses every other distance"),
        (Undocumented, "setting depth has no docstring"),
    ],
)
def test_a_broken_promise_is_found(task, match):
    with pytest.raises(AssertionError, match=match):
        check_task(task())


def test_those_that_they_all_come_from_keep_them():
    check_task(Mine())
    check_task(Sums())
