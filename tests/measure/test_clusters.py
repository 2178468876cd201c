from __future__ import annotations

import numpy as np
import pytest

from echospan.measure import over_sequences, wilson
from echospan.measure.intervals import wilson_share
from echospan.measure.student import student_quantile


def test_one_answer_a_sequence_is_wilsons_interval():
    hits = np.array([1] * 15 + [0] * 133)
    assert over_sequences(hits, np.ones(148)) == pytest.approx(wilson(15, 148))


def test_sequences_that_fail_as_a_whole_are_the_trials():
    # 180 of 200 sequences right from end to end. The variance between sequences is that of 0.9 over
    # 199, so that the 4,800 answers are worth 4800 / 4799 * 199 = 199.04 trials. The kurtosis of a
    # variable that is one of two values is 1 / (0.9 * 0.1) - 3 = 8.11: 2 * 200 / 7.11 = 56.25.
    found = over_sequences(np.array([24] * 180 + [0] * 20), np.full(200, 24))
    z = student_quantile(0.95, 56)
    assert found == pytest.approx(wilson_share(0.9, 199 * 4800 / 4799, z), abs=1e-12)
    assert found == pytest.approx((0.84919, 0.93500), abs=1e-5)


def test_answers_that_are_independent_are_worth_their_number():
    generator = np.random.default_rng(0)
    hits = generator.binomial(24, 0.9, 2000)
    found, want = over_sequences(hits, np.full(2000, 24)), wilson(int(hits.sum()), 48_000)
    assert found.high - found.low == pytest.approx(want.high - want.low, rel=0.08)


def test_answers_that_balance_each_other_narrow_nothing():
    # Twelve of 24 right in each sequence: no variance between sequences at all.
    found, z = over_sequences(np.full(50, 12), np.full(50, 24)), student_quantile(0.95, 49)
    assert found == pytest.approx(wilson_share(0.5, 1200, z))


@pytest.mark.parametrize(("clustering", "worth"), [(1.0, 32), (0.0, 3200), (0.02, 3200 / 2.98)])
def test_where_nothing_is_wrong_clustering_is_assumed(clustering, worth):
    low, high = over_sequences(np.full(32, 100), np.full(32, 100), clustering=clustering)
    z = student_quantile(0.95, 31)
    assert low == pytest.approx(worth / (worth + z * z))
    assert high == 1.0
    none = over_sequences(np.zeros(32), np.full(32, 100), clustering=clustering)
    assert none == pytest.approx((0.0, 1 - low))


def test_sequences_without_a_scored_answer_do_not_count():
    hits, scored = np.array([3, 0, 4, 0]), np.array([4, 0, 5, 0])
    assert over_sequences(hits, scored) == over_sequences(hits[[0, 2]], scored[[0, 2]])
    with pytest.raises(ValueError, match="scored answer"):
        over_sequences(np.zeros(3), np.zeros(3))


def test_one_sequence_alone_is_one_trial():
    assert over_sequences(np.array([12]), np.array([24])) == pytest.approx(
        wilson_share(0.5, 1, student_quantile(0.95, 10**9))
    )
