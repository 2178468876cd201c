from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special, stats

from echospan.measure import Interval, over_seeds, wilson
from echospan.measure.beta_mean import MEAN_POWER, PRECISION_POWER, beta_mean
from echospan.measure.seeds import with_common


def shares(*values, trials=200):
    return {"values": values, "within": [wilson(round(v * trials), trials) for v in values]}


def test_other_numbers_have_students_interval():
    found = over_seeds([3.0, 5.0, 10.0])
    want = stats.t.interval(0.95, 2, 6.0, stats.sem([3.0, 5.0, 10.0]))
    assert found == pytest.approx(want)
    assert over_seeds([3.0, 5.0, 10.0], 0.5).low > found.low
    assert over_seeds([3.0, 5.0, 10.0], bounds=(0.0, 12.0)) == (0.0, 12.0)


def test_one_seed_says_nothing_about_the_next():
    assert over_seeds([0.7]) == (0.7, 0.7)
    assert over_seeds([0.7], within=[(0.6, 0.8)]) == (0.6, 0.8)


def test_seeds_that_all_succeed_leave_room_for_one_that_does_not():
    low, high = over_seeds(**shares(1.0, 1.0, 1.0))
    assert high == 1.0
    # Three of three: by Wilson alone, at least 44 %; all of 600 sequences: at least 99.4 %.
    assert wilson(3, 3).low < low < wilson(600, 600).low
    assert low < over_seeds(**shares(*[1.0] * 10)).low


def test_shares_near_the_ceiling_have_a_lopsided_interval_inside_0_and_1():
    low, high = over_seeds(**shares(0.97, 0.99, 0.98))
    mean = 0.98
    assert 0 < low < mean < high < 1
    assert mean - low > 3 * (high - mean)
    mirrored = over_seeds(**shares(0.03, 0.01, 0.02))
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_many_seeds_have_the_normal_interval():
    drawn = np.random.default_rng(3).beta(30, 10, 200)
    low, high = over_seeds(list(drawn), within=[wilson(round(v * 10**6), 10**6) for v in drawn])
    half = 1.96 * drawn.std() / np.sqrt(200)
    assert (low, high) == pytest.approx((drawn.mean() - half, drawn.mean() + half), abs=5e-4)


def test_the_posterior_by_another_quadrature():
    """SciPy's log-gamma and adaptive integration, in place of the grid."""
    hits, trials = np.array([14.0, 19.0, 11.0]), np.full(3, 20.0)

    def density(log_precision, odds):
        a = special.expit(odds) * np.exp(log_precision)
        b = special.expit(-odds) * np.exp(log_precision)
        fit = sum(special.betaln(a + h, b + n - h) for h, n in zip(hits, trials, strict=True))
        fit -= 3 * special.betaln(a, b)
        prior = MEAN_POWER * (special.log_expit(odds) + special.log_expit(-odds))
        return np.exp(fit + prior + PRECISION_POWER * log_precision + 40)

    def mass(to):
        return integrate.dblquad(density, -14, to, -5, np.log(400), epsabs=1e-9)[0]

    low, high = beta_mean(hits / trials, trials, 0.9)
    whole = mass(14)
    assert mass(special.logit(low)) / whole == pytest.approx(0.05, abs=0.004)
    assert mass(special.logit(high)) / whole == pytest.approx(0.95, abs=0.004)


def test_what_seeds_have_in_common_is_added_as_squares():
    over = Interval(0.67, 0.73)
    found = with_common(over, 0.7, [(0.66, 0.74), (0.66, 0.74)])
    # 3 and 4 points give 5.
    assert found == pytest.approx((0.65, 0.75))


def test_what_cannot_be():
    with pytest.raises(ValueError, match="at least one"):
        over_seeds([])
    with pytest.raises(ValueError, match="2 intervals; got 1"):
        over_seeds([0.5, 0.6], within=[(0.4, 0.6)])
    with pytest.raises(ValueError, match="shares of 0 to 1"):
        over_seeds([0.5, 1.6], within=[(0.4, 0.6), (1.5, 1.7)])
