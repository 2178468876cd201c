"""The bootstrap: right for independent windows, wide for windows that overlap."""

from __future__ import annotations

import math

import numpy as np
import pytest

from echospan.errors import DataError
from echospan.usage.bounds import Bootstrap, shown_positive, simultaneous


def test_the_error_of_independent_windows_is_that_of_a_mean() -> None:
    values = np.random.default_rng(0).normal(size=(3, 2000))
    errors, _ = Bootstrap.of(2000, 1, 0).errors(values)
    assert errors == pytest.approx(values.std(1) / math.sqrt(2000), rel=0.15)


def test_windows_that_overlap_have_the_error_of_those_that_do_not() -> None:
    noise = np.random.default_rng(0).normal(size=4019)
    values = np.convolve(noise, np.ones(20), "valid")[None]
    errors, _ = Bootstrap.of(4000, 20, 0).errors(values)
    # The sum of n moving sums is 20 times the sum of n numbers, nearly.
    assert errors[0] == pytest.approx(20 / math.sqrt(4000), rel=0.2)
    blind, _ = Bootstrap.of(4000, 1, 0).errors(values)
    assert blind[0] < errors[0]


def test_bounds_hold_for_all_rows_together() -> None:
    held = 0
    for seed in range(60):
        values = np.random.default_rng(seed).normal(size=(20, 300))
        low, high = simultaneous(Bootstrap.of(300, 1, seed), values)
        held += bool(((low <= 0) & (high >= 0)).all())
    assert held >= 53


def test_a_row_without_spread_is_exact() -> None:
    rows = np.stack([np.full(100, 2.0), np.random.default_rng(0).normal(size=100)])
    low, high = simultaneous(Bootstrap.of(100, 1, 0), rows)
    assert (low[0], high[0]) == (2.0, 2.0)
    assert low[1] < high[1]


def test_a_mean_is_shown_positive_or_not() -> None:
    noise = np.random.default_rng(0).normal(size=400)
    noise -= noise.mean()
    bootstrap = Bootstrap.of(400, 1, 0)
    assert not shown_positive(bootstrap, noise + 0.02)
    assert shown_positive(bootstrap, noise + 0.3)


def test_too_much_overlap_is_refused() -> None:
    with pytest.raises(DataError, match="too little data"):
        Bootstrap.of(100, 40, 0)
