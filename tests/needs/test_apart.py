"""Targets that are not among the visible values: what a model is asked of its inputs."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.lookback.analyse import analyse
from echospan.lookback.apart import observed_apart
from echospan.lookback.context_tree import ContextTree
from echospan.lookback.curve import all_folds, number_losses, symbol_losses
from echospan.lookback.detect import number_copy, symbol_copy
from echospan.lookback.lag_subset import LagSubset
from echospan.lookback.neighbours import Neighbours
from echospan.lookback.ridge import Ridge
from echospan.lookback.seen import Seen
from echospan.observer import Observer
from echospan.results.needs import NeedsData
from needs.symbol_processes import blocks

LAG = 3


def delayed(values: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """The values `lag` steps back, and where they are known."""
    return np.roll(values, lag, 0), np.arange(len(values)) >= lag


def analysed(inputs: np.ndarray, targets: np.ndarray, known: np.ndarray, kind: str) -> NeedsData:
    found = observed_apart(
        inputs, targets, known, lengths=[len(targets)], kind=kind, names=("y", "x"),
        together=False, seed=0,
    )  # fmt: skip
    return analyse(
        found, data="x, y", horizon=0, lookbacks=None, splits="blocks", seed=0,
        observer=Observer(), stop=lambda: False,
    )  # fmt: skip


def test_families_of_numbers_see_the_newest_step_at_horizon_0() -> None:
    x = np.random.default_rng(0).normal(size=(400, 2))
    seen = Seen(x, np.roll(x[:, 1], LAG), own=False)
    families = [Ridge(), Neighbours(anchor=False)]
    losses = all_folds(
        lambda fold, some: number_losses(seen, fold, families, some, 0),
        blocks(400, 6, 1), [LAG, LAG + 1],
    )  # fmt: skip
    assert losses[LAG].mean() > 0.8
    assert losses[LAG + 1].mean() < 0.01


def test_families_of_symbols_take_answers_of_another_alphabet() -> None:
    x = np.random.default_rng(0).integers(0, 3, 600)
    seen = Seen(x, 4 * (np.roll(x, LAG) == 2), own=False)
    for family in (ContextTree(), LagSubset()):
        losses = all_folds(
            lambda fold, some, family=family: symbol_losses(seen, fold, [family], some, 0),
            blocks(600, 6, 1), [LAG, LAG + 1],
        )  # fmt: skip
        assert losses[LAG].mean() > 0.7
        assert losses[LAG + 1].mean() < 0.1


def test_a_copy_that_is_told_apart_has_the_share_that_was_asked_for() -> None:
    rng = np.random.default_rng(0)
    numbers = Seen(rng.normal(size=(20_000, 2)), rng.normal(size=20_000), own=False)
    copy = number_copy(numbers, 0.3, 0, rng)
    told = max(np.corrcoef(column, copy.targets)[0, 1] ** 2 for column in copy.inputs.T)
    assert told == pytest.approx(0.3, abs=0.02)
    symbols = Seen(rng.integers(0, 4, 20_000), rng.integers(0, 3, 20_000), own=False)
    copy = symbol_copy(symbols, 0.3, 0, rng)
    joint = np.histogram2d(copy.inputs, copy.targets, (4, 3))[0] / 20_000
    apart = np.outer(joint.sum(1), joint.sum(0))
    bits = (joint * np.log2(np.where(joint > 0, joint, 1) / apart)).sum()
    without = -(joint.sum(0) * np.log2(joint.sum(0))).sum()
    assert bits / without == pytest.approx(0.3, abs=0.02)


def test_a_shuffled_copy_breaks_what_inputs_tell_and_keeps_both() -> None:
    x = np.arange(100.0)[:, None]
    copy = Seen(x, x[:, 0], own=False).shuffled(np.random.default_rng(0))
    assert (copy.inputs == x).all()
    assert not (copy.targets == x[:, 0]).any()
    assert sorted(copy.targets) == x[:, 0].tolist()


@pytest.mark.slow
def test_a_delay_line_needs_its_lag_and_the_newest_step() -> None:
    pytest.importorskip("lightgbm")
    rng = np.random.default_rng(0)
    x = rng.normal(size=1500)
    targets, known = delayed(x, LAG)
    found = analysed(x[:, None], targets, known, "numbers")
    assert (found.needs, found.at_least, found.enough) == (LAG + 1,) * 3
    assert (found.lags[0].lag, found.lags[0].column) == (LAG, "x")
    symbols = rng.integers(0, 5, 2000)
    targets, known = delayed(symbols, LAG)
    found = analysed(symbols, targets, known, "symbols")
    assert (found.needs, found.at_least) == (LAG + 1, LAG + 1)


@pytest.mark.slow
def test_targets_that_have_nothing_to_do_with_the_inputs_need_nothing() -> None:
    pytest.importorskip("lightgbm")
    rng = np.random.default_rng(0)
    found = analysed(
        rng.normal(size=(1200, 1)), rng.normal(size=1200), np.ones(1200, bool), "numbers"
    )
    assert not found.any_past_helps
    assert found.needs == 0
    assert found.detectable_gain is not None
    assert 0 < found.detectable_gain < 0.2
