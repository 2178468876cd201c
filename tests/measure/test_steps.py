from __future__ import annotations

import numpy as np
import pytest

from echospan.measure import over_steps, wilson
from echospan.measure.steps import FEWEST, correlation_time


def chain(steps, stays, generator):
    """A chain of two states, half its time in each; neighbours have correlation 2 stays - 1."""
    changes = generator.random(steps) >= stays
    return (np.cumsum(changes) + generator.integers(2)) % 2


@pytest.mark.parametrize("stays", [0.3, 0.5, 0.7, 0.9])
def test_the_correlation_time_of_a_chain(stays):
    # (1 + r) / (1 - r) for neighbours of correlation r.
    want = stays / (1 - stays)
    found = correlation_time(chain(50_000, stays, np.random.default_rng(1)))
    assert found == pytest.approx(want, rel=0.1)


def test_symbols_count_as_columns():
    # Each of 5 symbols stays with probability 0.6, or is drawn anew: correlation 0.6 at lag 1.
    generator = np.random.default_rng(2)
    symbols = generator.integers(0, 5, 50_000)
    last = np.maximum.accumulate(np.where(generator.random(50_000) >= 0.6, np.arange(50_000), 0))
    assert correlation_time(symbols[last]) == pytest.approx(1.6 / 0.4, rel=0.1)


def test_independent_steps_are_worth_their_number():
    generator = np.random.default_rng(0)
    hits = generator.random(5000) < 0.8
    found, want = over_steps(hits, hits), wilson(int(hits.sum()), 5000)
    assert found.interval == pytest.approx(want, abs=2e-3)
    assert found.independent > 4500


def test_steps_that_hang_together_are_worth_less():
    hits = np.repeat(np.random.default_rng(0).random(200) < 0.7, 5)
    found = over_steps(hits, np.zeros(1000, int))
    # The stretches are 200.
    assert 80 < found.independent < 300
    assert found.interval is not None
    wide, narrow = found.interval, wilson(int(hits.sum()), 1000)
    assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)


def test_few_independent_values_have_no_interval():
    asked = np.arange(60) % 7
    assert over_steps(asked[:19] >= 0, asked[:19]).interval is None
    enough = over_steps(asked >= 0, asked)
    assert FEWEST <= enough.independent <= 60
    low, high = enough.interval or (0.0, 0.0)
    assert wilson(20, 20).low - 0.02 < low < wilson(60, 60).low
    assert high == 1.0
    # Sixty steps in three stretches.
    assert over_steps(np.repeat([True, False, True], 20), np.zeros(60, int))[0] is None


def test_where_all_is_right_the_series_itself_tells():
    generator = np.random.default_rng(0)
    free = generator.integers(0, 9, 400)
    slow = np.repeat(generator.integers(0, 9, 80), 5)
    right = np.ones(400, bool)
    assert over_steps(right, free).independent > 300
    assert FEWEST <= over_steps(right, slow).independent < 130
    # A series that never changes is one value.
    assert over_steps(right, np.zeros(400, int)) == (None, 1)


def test_what_cannot_be():
    with pytest.raises(ValueError, match="as many hits"):
        over_steps(np.ones(3, bool), np.zeros(4, int))
    with pytest.raises(ValueError, match="as many hits"):
        over_steps(np.ones(0, bool), np.zeros(0, int))
