from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from echospan.measure import wilson
from echospan.measure.intervals import normal_quantile, worth
from echospan.measure.student import student_quantile

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


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(deadline=None)
def test_wilson_is_that_of_scipy(counts):
    hits, trials = counts
    want = stats.binomtest(hits, trials).proportion_ci(0.95, method="wilson")
    np.testing.assert_allclose(wilson(hits, trials), [want.low, want.high], atol=1e-12)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(deadline=None)
def test_an_interval_tells_how_many_trials_it_is_worth(counts):
    hits, trials = counts
    found = worth(hits / trials, wilson(hits, trials), normal_quantile(0.95))
    assert found == pytest.approx(trials, rel=1e-5)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 31, 199, 2000, 2001, 10_000])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_students_quantile_is_that_of_scipy(confidence, freedom):
    want = stats.t.ppf((1 + confidence) / 2, freedom)
    exact = 1e-9 if freedom <= 2000 else 2e-3
    assert student_quantile(confidence, freedom) == pytest.approx(want, rel=exact)
