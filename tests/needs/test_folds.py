"""Rows that train, choose and score: never near each other, and never the future with `forward`."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.lookback.folds import FOLDS, eligible_rows, folds
from echospan.lookback.windows import relative, visible


def cut(n=500, longest=8, horizon=1, splits="blocks", series=1):
    first = np.repeat(np.arange(series) * n, n)
    clock = np.tile(np.arange(n, dtype=float), series)
    rows = eligible_rows(first, np.ones(n * series, bool), longest, horizon)
    return rows, clock, list(folds(rows, clock, splits, longest + horizon - 1))


@pytest.mark.parametrize("splits", ["blocks", "forward"])
@pytest.mark.parametrize("series", [1, 3])
def test_what_scores_is_further_than_the_gap_from_what_trains(splits, series):
    _, clock, found = cut(splits=splits, series=series)
    assert len(found) == FOLDS
    for fold in found:
        for one, other in ((fold.train, fold.score), (fold.choose, fold.score)):
            assert np.abs(clock[one][:, None] - clock[other][None, :]).min() > 8
            assert len(one) > 20


def test_blocks_score_every_row_once_and_forward_the_later_ones():
    rows, _, found = cut()
    assert np.concatenate([fold.score for fold in found]).tolist() == rows.tolist()
    rows, _, found = cut(splits="forward")
    scored = np.concatenate([fold.score for fold in found])
    assert scored.tolist() == rows[-len(scored) :].tolist()
    assert len(scored) == round(0.6 * len(rows))
    for fold in found:
        assert max(fold.train.max(), fold.choose.max()) < fold.score.min()


def test_a_short_series_keeps_half_of_a_block_and_never_a_row_at_once_with_another():
    _, clock, found = cut(n=20, longest=6, series=4)
    for fold in found:
        assert len(fold.train) >= 6
        assert not set(clock[fold.train]) & set(clock[fold.score])


def test_windows_stay_in_their_stretch_and_unknown_targets_are_left_out():
    first = np.array([0, 0, 0, 0, 4, 4, 4, 4])
    known = np.array([1, 1, 1, 0, 1, 1, 1, 1], bool)
    assert eligible_rows(first, known, 2, 1).tolist() == [2, 6, 7]
    assert eligible_rows(first, known, 2, 2).tolist() == [7]
    assert eligible_rows(first, known, 0, 5).tolist() == [0, 1, 2, 4, 5, 6, 7]


def test_a_window_shows_the_newest_step_first():
    series = np.stack([np.arange(10.0), np.arange(10.0) + 100], 1)
    shown = visible(series, np.array([6]), 2, 3)
    assert shown.tolist() == [[3, 103, 2, 102]]
    assert relative(shown, 2).tolist() == [[0, 103, -1, 102]]
