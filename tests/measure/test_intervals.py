from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from echospan.measure import over_seeds, wilson

Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


def test_wilson_at_the_edges():
    # With no hits the formula is z^2 / (n + z^2): 3.841459 / 27.841459 = 0.137976.
    none, every = wilson(0, 24), wilson(24, 24)
    assert none == pytest.approx((0, 0.137976), abs=1e-6)
    assert every == pytest.approx((1 - 0.137976, 1), abs=1e-6)
    assert none.low == 0.0
    assert every.high == 1.0


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17:857, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_against_published_numbers(hits, trials, low, high):
    found = wilson(hits, trials)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_the_formula(pair):
    hits, n = pair
    share = hits / n
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    found = wilson(hits, n)
    assert found == pytest.approx((centre - half, centre + half), abs=1e-9)
    assert found.low <= share + 1e-12
    assert share <= found.high + 1e-12


def test_wilson_is_wider_for_more_confidence_and_narrower_for_more_trials():
    assert wilson(5, 50, 0.99).low < wilson(5, 50).low
    assert wilson(5, 50, 0.99).high > wilson(5, 50).high
    assert wilson(500, 5000).high < wilson(5, 50).high


@pytest.mark.parametrize(("hits", "trials"), [(1, 0), (0, 0), (5, 4), (-1, 4)])
def test_wilson_refuses_what_cannot_be(hits, trials):
    with pytest.raises(ValueError, match=r".+"):
        wilson(hits, trials)


def test_seeds_that_agree_leave_no_width():
    assert over_seeds([0.25, 0.25, 0.25]) == (0.25, 0.25)
    assert over_seeds([0.7]) == (0.7, 0.7)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_interval_over_seeds_lies_within_the_values(values):
    low, high = over_seeds(values, draws=200)
    assert min(values) - 1e-12 <= low <= high <= max(values) + 1e-12


def test_over_seeds_gives_the_same_interval_again():
    values = [0.1, 0.5, 0.4, 0.9, 0.3]
    assert over_seeds(values) == over_seeds(values)
    assert over_seeds(values, 0.5).low > over_seeds(values).low


def test_over_seeds_is_near_the_normal_interval_for_many_values():
    values = np.random.default_rng(3).normal(0.5, 0.1, 400)
    low, high = over_seeds(list(values))
    half = Z * values.std() / np.sqrt(400)
    assert low == pytest.approx(values.mean() - half, abs=0.001)
    assert high == pytest.approx(values.mean() + half, abs=0.001)


def test_two_values_are_resampled_to_three_means():
    # Means of two draws from {0, 1}: 0 and 1 with chance 1/4 each, so both ends are reached.
    assert over_seeds([0, 1]) == (0, 1)
    # At 40 % confidence the middle mean, with chance 1/2, fills the interval.
    assert over_seeds([0, 1], 0.4) == (0.5, 0.5)


def test_over_seeds_needs_a_value():
    with pytest.raises(ValueError, match="at least one"):
        over_seeds([])


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(deadline=None)
def test_wilson_is_that_of_scipy(counts):
    hits, trials = counts
    want = stats.binomtest(hits, trials).proportion_ci(0.95, method="wilson")
    np.testing.assert_allclose(wilson(hits, trials), [want.low, want.high], atol=1e-12)
