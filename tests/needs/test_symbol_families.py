"""What both symbol families promise, and how near they come to the exact code lengths."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.lookback.context_tree import ContextTree, Levels
from echospan.lookback.counting import PRICE, SMOOTHINGS
from echospan.lookback.folds import FoldRows
from echospan.lookback.lag_search import LagSearch
from echospan.lookback.lag_subset import LagSubset
from echospan.lookback.seen import Seen
from needs.symbol_processes import (
    EVEN,
    HIDDEN,
    Family,
    blocks,
    code_lengths,
    echo,
    emitted,
    entropy_curve,
    markov,
    parity,
)

both = pytest.mark.parametrize("family", [ContextTree(), LagSubset()], ids=lambda one: one.name)


def test_a_tiny_tree_by_hand() -> None:
    """0 1 0 1 ...: ten training rows for each context, and c = 0.25 saves most."""
    series = np.tile([0, 1], 20)
    rows = FoldRows(np.arange(4, 24), np.arange(24, 34), np.arange(34, 40))
    found = ContextTree().predictions(Seen.series(series), rows, [0, 1, 2], 1)
    assert found[0][1] == pytest.approx(np.full(6, 0.5))
    one = (10 + 0.25 * 0.5) / (10 + 0.25)
    trace = 0.01 / 21
    assert found[1][1] == pytest.approx(np.full(6, (1 - trace) * one + trace * 0.5))
    # The second symbol saves 0.017 bits a row, less than its price.
    assert found[2][1] == pytest.approx(found[1][1])


@both
@settings(max_examples=25)
@given(
    st.lists(st.integers(0, 2), min_size=20, max_size=60),
    st.integers(1, 3),
    st.integers(0, 4),
)
def test_probabilities_sum_to_one(
    family: Family, symbols: list[int], horizon: int, lookback: int
) -> None:
    first = lookback + horizon - 1
    # The first symbols hold every one of the alphabet, the last one is what could have come.
    series = np.array([0, 1, 2, *symbols, 0])
    last = len(series) - 1
    rows = FoldRows(np.arange(first, last - 5), np.arange(last - 5, last), np.array([last]))
    total = 0.0
    for came in range(3):
        series[last] = came
        choose, score = family.predictions(Seen.series(series), rows, [lookback], horizon)[lookback]
        assert choose.shape == (5,)
        assert (choose > 0).all()
        assert score.min() > 0
        total += float(score[0])
    assert total == pytest.approx(1)


@both
def test_what_is_not_visible_changes_nothing(family: Family) -> None:
    series = echo(4, 3, 1, 400)
    rows = FoldRows(np.arange(8, 250), np.arange(250, 320), np.array([350]))
    before = family.predictions(Seen.series(series), rows, [3], 2)[3][1]
    for hidden in (345, 349, 351, 399):
        other = series.copy()
        other[hidden] = (other[hidden] + 1) % 4
        assert family.predictions(Seen.series(other), rows, [3], 2)[3][1] == before
    other = series.copy()
    other[347] = (other[347] + 1) % 4
    assert family.predictions(Seen.series(other), rows, [3], 2)[3][1] != before


@both
def test_a_lookback_does_not_depend_on_the_others_asked_for(family: Family) -> None:
    series = emitted(EVEN, 1, 500)
    for rows in blocks(500, 12)[:2]:
        together = family.predictions(Seen.series(series), rows, [0, 3, 7, 12], 1)
        for lookback in (7, 0, 12):
            alone = type(family)().predictions(Seen.series(series), rows, [lookback], 1)[lookback]
            np.testing.assert_array_equal(alone[0], together[lookback][0])
            np.testing.assert_array_equal(alone[1], together[lookback][1])


def looped_tree(series: list[int], rows: FoldRows, lookback: int, horizon: int) -> list[float]:
    """The context tree as its formula says, one row at a time: the scored probabilities."""
    symbols = max(series) + 1
    asked = [*rows.choose.tolist(), *rows.score.tolist()]
    chosen = len(rows.choose)
    now = [1 / symbols] * len(asked)
    plain = now
    for depth in range(lookback + 1):

        def context(t: int, depth: int = depth) -> tuple[int, ...]:
            return tuple(series[t - horizon - step] for step in range(depth))

        came: dict[tuple[int, ...], list[int]] = {}
        for t in rows.train.tolist():
            came.setdefault(context(t), []).append(series[t])
        best, most = now, PRICE if depth else 0.0
        for weight, per_symbol in SMOOTHINGS:
            tried = []
            for t, shorter in zip(asked, now, strict=True):
                after = came.get(context(t), [])
                c = weight * len(set(after)) if per_symbol else weight
                count = after.count(series[t])
                tried.append((count + c * shorter) / (len(after) + c) if after else shorter)
            pairs = zip(tried[:chosen], now[:chosen], strict=True)
            saved = sum(np.log2(new / old) for new, old in pairs)
            if saved > most:
                best, most = tried, saved
        now = best
        plain = now if depth == 0 else plain
    trace = 0.01 / (len(rows.train) + 1)
    both = zip(now[chosen:], plain[chosen:], strict=True)
    return [(1 - trace) * one + trace * other for one, other in both]


@pytest.mark.parametrize("horizon", [1, 3])
def test_the_tree_is_that_of_its_formula(horizon: int) -> None:
    for series in (echo(3, 3, 5, 200, kept=0.9), emitted(EVEN, 3, 200)):
        for rows in blocks(200, 5, horizon)[::2]:
            found = ContextTree().predictions(Seen.series(series), rows, [5], horizon)[5][1]
            assert found == pytest.approx(looped_tree(series.tolist(), rows, 5, horizon))


def test_levels_that_are_not_kept_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    series = emitted(EVEN, 2, 400)
    kept = list(Levels(Seen.series(series), range(1, 9)))
    monkeypatch.setattr("echospan.lookback.context_tree.CACHED", 3000)
    levels = Levels(Seen.series(series), range(1, 9))
    for _ in range(2):
        for one, other in zip(levels, kept, strict=True):
            np.testing.assert_array_equal(one.pairs, other.pairs)
            np.testing.assert_array_equal(one.positions, other.positions)


@both
def test_another_series_is_not_taken_for_the_last_one(family: Family) -> None:
    rows = blocks(300, 3)[0]
    first, second = echo(3, 1, 1, 300), echo(3, 1, 2, 300)
    family.predictions(Seen.series(first), rows, [3], 1)
    again = family.predictions(Seen.series(second), rows, [3], 1)[3][1]
    np.testing.assert_array_equal(
        again, type(family)().predictions(Seen.series(second), rows, [3], 1)[3][1]
    )


CHAIN = np.random.default_rng(11).dirichlet([0.3] * 3, size=9)


@pytest.mark.parametrize(
    ("series", "lags"),
    [
        (echo(8, 7, 1, 1500), {7}),
        (echo(20, 3, 1, 1500), {3}),
        (parity((3, 5), 1, 1500), {3, 5}),
        (parity((2, 3, 11), 1, 1500), {2, 3, 11}),
        (np.random.default_rng(1).integers(0, 8, 1500), set()),
    ],
    ids=["echo 7 of 8", "echo 3 of 20", "xor 3, 5", "parity 2, 3, 11", "noise"],
)
def test_the_subset_finds_the_lags(series: np.ndarray, lags: set[int]) -> None:
    rows = blocks(1500, 12)[1]
    search = LagSearch(Seen.series(series), rows, 1)
    assert set(search.best(12).lags) == lags


@pytest.mark.parametrize("seed", [2, 5, 8])
def test_longer_lookbacks_let_no_other_lags_pass(seed: int) -> None:
    """Else the curve of an XOR would rise or fall beyond its lookback, and be taken at its word."""
    series = parity((3, 5), seed, 400)
    for rows in blocks(400, 24):
        search = LagSearch(Seen.series(series), rows, 1)
        assert {search.best(lookback).lags for lookback in (5, 6, 8, 12, 24)} == {(3, 5)}


def test_the_subset_finds_a_pair_behind_a_single_lag() -> None:
    """Lags 4 and 9 tell only together, and lag 1 tells more than they do."""
    rng = np.random.default_rng(1)
    series = rng.integers(0, 4, 2000)
    for time, u in enumerate(rng.uniform(size=2000)):
        if time >= 9 and u < 0.85:
            series[time] = series[time - 1] if u < 0.45 else sum(series[[time - 4, time - 9]]) % 4
    search = LagSearch(Seen.series(series), blocks(2000, 12)[0], 1)
    assert search.best(12).lags == (1, 4, 9)


def test_an_echo_beyond_the_horizon_is_found_at_its_lag() -> None:
    series = echo(8, 7, 3, 2000)
    bits = code_lengths(LagSubset(), series, [0, 4, 5, 6], horizon=3)
    assert bits[4].mean() == pytest.approx(3, abs=0.03)
    # 80 % kept, and an eighth of the rest by chance.
    right, wrong = 0.825, 0.025
    best = -right * np.log2(right) - 7 * wrong * np.log2(wrong)
    assert bits[5].mean() == pytest.approx(best, abs=0.1)
    assert bits[6].mean() == pytest.approx(bits[5].mean(), abs=0.01)


def test_noise_costs_nothing() -> None:
    """At no lookback is noise coded longer than by its frequencies, but for a trace."""
    for symbols, seed in ((2, 1), (4, 2), (8, 3), (20, 4)):
        series = np.random.default_rng(seed).integers(0, symbols, 1000)
        for family in (ContextTree(), LagSubset()):
            bits = code_lengths(family, series, [0, 1, 4, 24])
            for lookback in (1, 4, 24):
                assert bits[lookback].mean() - bits[0].mean() < 0.02, (symbols, family.name)


def awkward() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    periodic = np.tile([0, 1, 2, 2, 1], 200)
    noisy = np.where(rng.uniform(size=1000) < 0.1, rng.integers(0, 3, 1000), periodic)
    late = rng.integers(0, 2, 1000)
    late[900:950:7] = 2
    runs = np.repeat(rng.integers(0, 3, 100), 10)
    return {
        "rare": (rng.uniform(size=1000) < 0.05).astype(int),
        "noisy period": noisy,
        "a symbol that comes late": late,
        "short": rng.integers(0, 2, 60),
        "runs": runs,
        "one symbol": np.zeros(500, int),
        "one symbol and a last other": np.r_[np.zeros(999, int), 1],
        "gaps in the alphabet": rng.integers(0, 3, 300) * 1000,
        "all different": np.arange(300),
    }


@both
@pytest.mark.parametrize("name", awkward())
def test_awkward_series_get_finite_bits(family: Family, name: str) -> None:
    series = awkward()[name]
    lookbacks = [0, 1, 2, 5, min(24, len(series) // 12)]
    bits = code_lengths(family, series, lookbacks)
    plain = bits[0].mean()
    for lookback, values in bits.items():
        assert np.isfinite(values).all()
        assert (values >= 0).all()
        # Longer lookbacks may not lose more than a little, however odd the series.
        assert values.mean() < plain + 0.1, lookback
    if name == "noisy period":
        assert bits[5].mean() < 0.65 * plain
    if name == "runs":
        assert bits[1].mean() < 0.5 * plain
    if name == "one symbol":
        assert plain < 0.01


@both
def test_words_take_little_memory(family: Family) -> None:
    """5,000 symbols: a table of pairs would hold 25 million numbers, 200 MB."""
    rng = np.random.default_rng(1)
    series = np.minimum(rng.zipf(1.3, 10_000), 5000) - 1
    rows = blocks(len(series), 4)[0]
    tracemalloc.start()
    family.predictions(Seen.series(series), rows, [0, 1, 4], 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000


def exact_hidden(series: np.ndarray, moves: np.ndarray, lookback: int, first: int) -> np.ndarray:
    """Bits of each symbol from `first` on by the best predictor of that lookback, (time,)."""
    stationary = np.linalg.matrix_power(moves.sum(0), 3001)[0]
    stationary = (stationary + np.linalg.matrix_power(moves.sum(0), 3000)[0]) / 2
    beliefs = np.tile(stationary, (len(series) - first, 1))
    for lag in range(lookback, 0, -1):
        seen = series[first - lag : len(series) - lag]
        beliefs = np.einsum("ti,tij->tj", beliefs, moves[seen])
        beliefs /= beliefs.sum(1, keepdims=True)
    each = np.einsum("ti,sij->ts", beliefs, moves)
    bits: np.ndarray = -np.log2(each[np.arange(len(each)), series[first:]])
    return bits


def check_curve(family: Family, series: np.ndarray, moves: np.ndarray, looks: list[int]) -> None:
    exact = entropy_curve(moves, max(looks))
    found = code_lengths(family, series, looks)
    for lookback in looks:
        ideal = exact_hidden(series, moves, lookback, max(looks))
        excess = found[lookback] - ideal
        # Below the best that anyone could do would be a leak.
        assert excess.mean() > -3 * excess.std() / np.sqrt(len(excess)), lookback
        assert excess.mean() < 0.02 * exact[lookback], lookback
        assert ideal.mean() == pytest.approx(exact[lookback], rel=0.03)


def test_exact_curves_are_those_of_the_literature() -> None:
    even = [0.9183, 0.8742, 0.7925, 0.7704, 0.7296, 0.7185, 0.6981, 0.6926, 0.6824]
    assert entropy_curve(EVEN, 8) == pytest.approx(even, abs=1e-4)
    hidden = [0.8705, 0.8480, 0.8375, 0.8333, 0.8314, 0.8306]
    assert entropy_curve(HIDDEN, 6)[1:] == pytest.approx(hidden, abs=1e-4)


def test_the_even_process_is_coded_as_exactly_possible() -> None:
    check_curve(ContextTree(), emitted(EVEN, 1, 4000), EVEN, [0, 1, 2, 4, 6])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    ("moves", "length"), [(EVEN, 10_000), (HIDDEN, 20_000)], ids=["even", "hidden"]
)
def test_hidden_markov_curves_over_seeds(moves: np.ndarray, length: int, seed: int) -> None:
    check_curve(ContextTree(), emitted(moves, seed, length), moves, [0, 1, 2, 3, 4, 5, 6, 8])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    ("make", "looks", "exact", "family"),
    [
        (lambda seed: parity((3, 5), seed, 10_000), [4, 5, 24], [1, 0.469, 0.469], LagSubset()),
        (lambda seed: parity((3, 5), seed, 10_000), [4, 5, 12], [1, 0.469, 0.469], ContextTree()),
        (lambda seed: parity((2, 3, 11), seed, 10_000), [10, 11], [1, 0.469], LagSubset()),
        (lambda seed: echo(8, 7, seed, 10_000), [6, 7, 48], [3, 1.1602, 1.1602], LagSubset()),
        (lambda seed: echo(20, 3, seed, 10_000), [2, 3], [4.3219, 1.546], LagSubset()),
    ],
    ids=["xor, subset", "xor, tree", "parity of three", "echo 7 of 8", "echo 3 of 20"],
)
def test_exact_code_lengths_over_seeds(
    make: Callable[[int], np.ndarray],
    looks: list[int],
    exact: list[float],
    family: Family,
    seed: int,
) -> None:
    bits = code_lengths(family, make(seed), looks)
    for lookback, ideal in zip(looks, exact, strict=True):
        # Three standard errors of 10,000 symbols are 0.02 to 0.05 bit.
        noise = 3 * bits[lookback].std() / 100 + 1e-6
        assert ideal - noise < bits[lookback].mean() < 1.02 * ideal + noise


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2, 5])
def test_markov_chains_are_coded_as_exactly_possible(order: int) -> None:
    for seed in range(1, 6):
        symbols = {1: 4, 2: 3, 5: 2}[order]
        rng = np.random.default_rng(seed)
        table = rng.dirichlet([0.3] * symbols, size=symbols**order)
        series = markov(table, order, seed, 10_000)
        bits = code_lengths(ContextTree(), series, [order, order + 3])
        code = np.zeros(len(series), int)
        for lag in range(order, 0, -1):
            code = code * symbols + np.roll(series, lag)
        ideal = -np.log2(np.maximum(table[code, series], 1e-9))[order + 3 :]
        excess = bits[order] - ideal
        assert excess.mean() > -3 * excess.std() / 100
        assert excess.mean() < 0.01
        assert abs(bits[order + 3].mean() - bits[order].mean()) < 0.005
