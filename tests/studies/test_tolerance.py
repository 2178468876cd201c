from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact, ttest_ind_from_stats

from echospan.measure import Interval
from studies.measured import Measured
from studies.references import Reference
from studies.tolerance import (
    AtLeast,
    AtMost,
    Exactly,
    SameMean,
    SameShare,
    Within,
    difference,
)

FIVE = Reference(5, "")


@pytest.mark.parametrize(
    ("tolerance", "near", "far"),
    [
        (Exactly(), 5, 5.001),
        (Within(0.5), 5.5, 5.51),
        (AtMost(6), 6, 6.1),
        (AtLeast(4), 4, 3.9),
    ],
)
def test_tolerances(tolerance, near, far):
    assert tolerance.holds(FIVE, Measured(near))
    assert not tolerance.holds(FIVE, Measured(far))


def test_an_interval_widens_within_only():
    ours = Measured(7.0, Interval(5.2, 9.0))
    assert not Within(0.1).holds(FIVE, ours)
    assert Within(0.2).holds(FIVE, ours)
    assert not Exactly().holds(FIVE, ours)


def test_the_interval_of_a_difference_is_that_of_scipy():
    values = (0.2, 0.5, 0.1, 0.4)
    reference = Reference(0.7, "", seeds=10, spread=0.3)
    scipy = ttest_ind_from_stats(np.mean(values), np.std(values, ddof=1), 4, 0.7, 0.3, 10)
    low, high = difference(reference, values, 0.99)
    assert low < 0 < high
    # At a confidence of 1 - p one end touches 0.
    assert difference(reference, values, 1 - scipy.pvalue).high == pytest.approx(0, abs=1e-9)


def test_means_that_differ_by_more_than_chance():
    reference = Reference(0.5, "", seeds=10, spread=0.01)
    near = Measured(0, values=(0.49, 0.5, 0.52, 0.5))
    far = Measured(0, values=(0.59, 0.6, 0.62, 0.6))
    assert SameMean(0.0).holds(reference, near)
    assert not SameMean(0.0).holds(reference, far)
    assert SameMean(0.1).holds(reference, far)
    # One that fails among ten that never did is no excuse for four more.
    never = Reference(0.001, "", seeds=10, spread=0.001)
    assert not SameMean(0.001).holds(never, Measured(0, values=(0.04, 0.12, 0.09, 0.02, 0.3)))
    exact = Reference(0.5, "", seeds=10)
    assert SameMean(0.001).holds(exact, Measured(0, values=(0.5005, 0.5005)))
    assert not SameMean(0.001).holds(exact, Measured(0, values=(0.502, 0.502)))


def test_shares_of_seeds():
    reference = Reference(0.6, "", seeds=10)
    assert fisher_exact([[6, 4], [0, 10]]).pvalue == pytest.approx(0.0108, abs=1e-4)
    assert not SameShare().holds(reference, Measured(0, values=(0.0,) * 10))
    assert SameShare().holds(reference, Measured(0, values=(0.0,) * 9 + (1.0,)))
    assert SameShare().holds(reference, Measured(0, values=(1.0,) * 10))
