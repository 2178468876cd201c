"""Counting and smoothing against plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echospan.lookback.counting import (
    PRICE,
    SMOOTHINGS,
    Counts,
    Smoothing,
    best_smoothing,
    counted,
    hedged,
    number,
    smoothed,
)


@given(st.lists(st.integers(0, 40), min_size=1), st.sampled_from([41, 1 << 40]))
def test_numbers_stand_for_equal_keys(keys: list[int], space: int) -> None:
    numbers, count = number(np.array(keys), space)
    assert count == len(set(keys))
    assert sorted(set(numbers.tolist())) == list(range(count))
    assert len(set(zip(keys, numbers.tolist(), strict=True))) == count


@given(
    st.lists(st.integers(0, 29), min_size=1),
    st.lists(st.integers(0, 29), min_size=1),
    st.sampled_from([10, 1 << 40]),
)
def test_counts_are_those_of_a_loop(train: list[int], asked: list[int], contexts: int) -> None:
    counts = counted(np.array(train), np.array(asked), 3, contexts)
    for row, pair in enumerate(asked):
        same = [other for other in train if other // 3 == pair // 3]
        assert counts.symbol[row] == train.count(pair)
        assert counts.context[row] == len(same)
        assert counts.distinct[row] == len(set(same))


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@given(st.lists(st.integers(0, 9), min_size=3, max_size=3))
def test_smoothed_probabilities_sum_to_one(smoothing: Smoothing, came: list[int]) -> None:
    total, different = sum(came), sum(count > 0 for count in came)
    counts = Counts(np.array(came), np.full(3, total), np.full(3, different))
    shorter = np.array([0.5, 0.3, 0.2])
    probability = smoothed(counts, shorter, smoothing)
    assert (probability > 0).all()
    assert probability.sum() == pytest.approx(1)
    if total == 0:
        assert probability == pytest.approx(shorter)


def test_smoothing_by_hand() -> None:
    counts = Counts(np.array([3]), np.array([4]), np.array([2]))
    shorter = np.array([0.25])
    assert smoothed(counts, shorter, Smoothing(2.0)) == pytest.approx((3 + 0.5) / 6)
    assert smoothed(counts, shorter, Smoothing(2.0, True)) == pytest.approx((3 + 1.0) / 8)


def test_a_context_that_saves_less_than_its_price_is_not_used() -> None:
    # Each row saves at most log2(0.9878 / 0.5) = 0.982 bits.
    for rows, used in ((3, False), (4, True)):
        counts = Counts(np.full(rows, 10), np.full(rows, 10), np.ones(rows, int))
        smoothing, saved = best_smoothing(counts, np.full(rows, 0.5))
        assert (smoothing is not None) is used
        assert saved == (pytest.approx(rows * 0.9823, abs=1e-3) if used else 0.0)
    assert pytest.approx(3.459, abs=1e-3) == PRICE


def test_a_hedge_keeps_the_sum_and_bounds_the_loss() -> None:
    mixed = hedged(np.array([1 - 1e-300, 1e-300]), np.array([0.5, 0.5]), train=99)
    assert mixed == pytest.approx([0.99995, 0.00005])
