"""What is said of losses that are made up: where the truth is plain, and where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.lookback.bootstrap import DRAWS, PairedLosses, block_of
from echospan.lookback.ladder import BETWEEN, around, between, ladder, longest_lookback
from echospan.lookback.permutation import permutation
from echospan.lookback.seen import Seen
from echospan.lookback.statements import state

ROWS = 1_000


def made_up(levels, *, own=0.0, seed=0):
    """Losses whose means fall by lookback; each has noise of its own beside what all share."""
    rng = np.random.default_rng(seed)
    shared = rng.exponential(size=ROWS)
    table = {
        lookback: level * shared + own * rng.normal(size=ROWS) for lookback, level in levels.items()
    }
    return PairedLosses(table, np.repeat(np.arange(5), ROWS // 5), 10, 0)


def test_a_step_is_found_where_it_is():
    said = state(made_up({0: 1.0, 1: 1.0, 2: 0.4, 3: 0.4, 4: 0.401}, own=0.05), 1.0)
    assert (said.at_least, said.needs, said.enough, said.gain_98) == (2, 2, 2, 2)
    assert not said.still_helps


def test_a_curve_that_still_falls_is_said_to():
    said = state(made_up({0: 1.0, 8: 0.8, 16: 0.6, 32: 0.4}, own=0.05), 1.0)
    assert said.still_helps
    assert (said.at_least, said.needs) == (32, 32)
    assert said.enough is None
    assert not state(made_up({0: 1.0, 8: 0.4, 16: 0.4}), 1.0).still_helps


def test_where_nothing_helps_nothing_is_needed():
    losses = made_up({0: 1.0, 1: 1.0, 2: 1.01, 4: 1.02}, own=0.1)
    assert losses.beaten_by(0, [1, 2, 4], 0.0) > 0.05
    assert (state(losses, 2.0).at_least, state(losses, 2.0).needs) == (0, 0)


def test_half_of_the_error_counts_where_the_last_value_has_nearly_all_of_the_gain():
    losses = made_up({0: 1.0, 1: 0.001, 2: 0.0005, 4: 0.0005})
    said = state(losses, 0.001)
    assert (said.gain_98, said.needs) == (1, 2)


def test_equal_losses_are_never_told_apart():
    losses = made_up({0: 1.0, 1: 1.0})
    assert losses.difference(1, 0) == (0.0, pytest.approx(0.0, abs=1e-11))
    assert losses.beaten_by(0, [1], 0.0) == 1.0
    assert losses.beaten_by(1, [], 0.0) == 1.0


def test_folds_that_disagree_widen_an_interval():
    rng = np.random.default_rng(0)
    fold = np.repeat(np.arange(5), 200)
    gain = 0.3 + rng.normal(size=ROWS) + np.array([3, -3, 2, -2, 0.5])[fold]
    apart = PairedLosses({0: gain, 1: np.zeros(ROWS)}, fold, 10, 0)
    alike = PairedLosses({0: gain[rng.permutation(ROWS)], 1: np.zeros(ROWS)}, fold, 10, 0)
    assert apart.difference(1, 0)[1] > 3 * alike.difference(1, 0)[1]
    assert apart.beaten_by(0, [1], 0.0) > 0.05
    assert alike.beaten_by(0, [1], 0.0) < 0.05
    low, high = apart.interval(0)
    assert low == 0.0
    assert high > apart.mean(0)


def test_intervals_of_the_mean_hold_the_truth():
    inside = 0
    for seed in range(60):
        loss = np.random.default_rng(seed).exponential(size=ROWS)
        low, high = PairedLosses({0: loss}, np.repeat(np.arange(5), 200), 10, 0).interval(0)
        inside += low < 1.0 < high
    assert inside >= 54


def test_a_block_spans_the_horizon_and_all_series_of_a_step():
    assert block_of(1_000, 1_000, 1) == 10
    assert block_of(1_000, 1_000, 24) == 48
    assert block_of(5_000, 1_000, 1) == 50
    assert DRAWS >= 1_000


def test_the_ladder_ends_in_what_the_series_allows():
    assert ladder(64) == [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]
    assert ladder(25)[-2:] == [16, 25]
    assert ladder(4) == [0, 1, 2, 3, 4]
    assert ladder(1) == [0, 1]
    assert longest_lookback(45, 45, 1) == 4
    assert longest_lookback(4_000, 4_000, 1) == 64
    assert longest_lookback(4_000, 4_000, 20) == 25
    assert longest_lookback(4_000, 30, 1) == 15


def test_between_two_rungs_every_lookback_is_tried_or_eight_of_them():
    assert between([0, 1, 2, 3, 4, 6, 8], 8) == [7]
    assert between([0, 8, 12], 12) == [9, 10, 11]
    assert between([0, 1, 2], 2) == []
    assert between([0], 0) == []
    assert around([0, 8, 12, 16], 12) == [9, 10, 11, 13, 14, 15]
    assert around([0, 1, 2, 3], 3) == []
    found = between([0, 48, 64], 64)
    assert len(found) == BETWEEN
    assert (found[0], found[-1]) == (49, 63)


def test_a_permutation_sees_order_and_nothing_else():
    rng = np.random.default_rng(0)

    def losses(seen):
        scored = seen.targets[1:]
        return {0: scored**2, 1: (scored - 0.5 * seen.inputs[:-1]) ** 2}

    noise = rng.normal(size=200)
    assert permutation(losses, Seen.series(noise), 99, 0)[0] > 0.05
    known = noise.copy()
    for t in range(1, len(known)):
        known[t] += 0.5 * known[t - 1]
    p_value, critical = permutation(losses, Seen.series(known), 99, 0)
    assert p_value == 0.01
    assert critical < 3
    assert permutation(losses, Seen.series(known), 99, 0, stop=lambda: True)[0] == 0.5
