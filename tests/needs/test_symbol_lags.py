"""Which lags carry it: alone, and beyond the others."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.lookback.context_tree import ContextTree
from echospan.lookback.lag_subset import LagSubset
from echospan.lookback.seen import Seen
from echospan.lookback.symbol_lags import mixed_bits, symbol_lags
from needs.symbol_processes import blocks, echo, parity


def measured(series: np.ndarray, lookback: int, horizon: int = 1) -> dict[int, tuple[float, float]]:
    """Beyond the others and alone, in bits, by lag."""
    folds = blocks(len(series), lookback, horizon)
    found = symbol_lags(Seen.series(series), folds, lookback, horizon)
    scored = sum(len(rows.score) for rows in folds)
    assert all(bits.beyond_the_others.shape == bits.alone.shape == (scored,) for bits in found)
    return {
        bits.lag: (float(bits.beyond_the_others.mean()), float(bits.alone.mean())) for bits in found
    }


def test_an_echo_is_carried_by_its_lag() -> None:
    found = measured(echo(8, 5, 1, 1500), 6)
    assert list(found) == [1, 2, 3, 4, 5, 6]
    assert min(found.pop(5)) > 1.5
    assert np.abs(list(found.values())).max() < 0.02


def test_lags_are_counted_from_the_target() -> None:
    found = measured(echo(8, 5, 2, 1500), 3, horizon=4)
    assert list(found) == [4, 5, 6]
    assert min(found[5]) > 1.5
    assert max(found[4] + found[6]) < 0.02


def test_neither_lag_of_a_parity_tells_anything_alone() -> None:
    found = measured(parity((2, 4), 1, 1500), 4)
    for lag in (2, 4):
        assert found[lag][0] > 0.4
        assert abs(found[lag][1]) < 0.02
    for lag in (1, 3):
        assert np.abs(found[lag]).max() < 0.02


def test_lags_that_replace_each_other_tell_alone_and_not_beyond() -> None:
    rng = np.random.default_rng(3)
    series = np.where(rng.uniform(size=1500) < 0.002, 1, 0).cumsum() % 2
    for beyond, alone in measured(series, 3).values():
        assert alone > 0.8
        assert beyond < 0.06


def test_all_lags_less_one_is_a_refit() -> None:
    """With two lags, beyond is what the pair saves more than the other alone."""
    series = parity((1, 2), 2, 400)
    rows = blocks(400, 2)[0]
    found = symbol_lags(Seen.series(series), [rows], 2, 1)
    families = [ContextTree(), LagSubset()]
    whole = mixed_bits(
        [family.predictions(Seen.series(series), rows, [2], 1)[2] for family in families]
    )
    nearer = mixed_bits(
        [family.predictions(Seen.series(series), rows, [1], 1)[1] for family in families]
    )
    assert found[1].beyond_the_others == pytest.approx(nearer - whole)


def test_a_mixture_follows_the_family_that_chooses_better() -> None:
    good, bad = np.full(400, 0.9), np.full(400, 0.5)
    assert mixed_bits([(good, good), (bad, bad)]) == pytest.approx(-np.log2(good), abs=1e-6)
    assert mixed_bits([(good, bad), (good, good)]) == pytest.approx(-np.log2((good + bad) / 2))
