"""Where answers lie in time is read from values, not from lengths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.doctor.placing import place_of_answers


def noise(steps: int, features: int = 1) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(steps, features)).astype("float32")


def cut(
    series: np.ndarray, steps: int, horizon: int, stride: int = 1, offset: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Windows, and the `horizon` values that begin `offset` steps after a window's first."""
    offset = steps if offset is None else offset
    count = (len(series) - max(steps, offset + horizon)) // stride + 1
    starts = np.arange(count) * stride
    x = series[starts[:, None] + np.arange(steps)]
    return x, series[starts[:, None] + offset + np.arange(horizon)]


@pytest.mark.parametrize("horizon", [1, 4, 12, 20])
@pytest.mark.parametrize("stride", [1, 3, 12])
def test_the_values_after_a_window_lie_behind_it(horizon, stride):
    x, y = cut(noise(400), 12, horizon, stride)
    if stride == 12 and horizon == 20:
        # The further half of a target stands in the window after the next one.
        assert place_of_answers(x, y).kind == "behind"
    found = place_of_answers(x, y)
    assert (found.kind, found.offset, found.horizon) == ("behind", 12, horizon)
    assert place_of_answers(x, y[..., 0]) == found


@pytest.mark.parametrize("offset", [0, 1, 5, -3])
def test_values_that_begin_in_the_window_lie_within(offset):
    series = noise(200)
    x, y = cut(series[3:], 12, 12, 1, 0) if offset < 0 else cut(series, 12, 12, 1, offset)
    if offset < 0:
        y = cut(series, 12, 12, 1, 3 + offset)[1][: len(x)]
    found = place_of_answers(x, y)
    assert (found.kind, found.offset) == ("within", offset)


def test_one_of_several_features_is_found_behind_the_window():
    x, y = cut(noise(200, 5), 12, 12)
    for target in (y[..., 3:4], y[..., 3], y[..., [4, 1]]):
        assert place_of_answers(x, target).kind == "behind"
    assert place_of_answers(x, x[..., 2:3]).offset == 0


def test_the_features_of_the_next_step_are_one_answer():
    x, y = cut(noise(200, 5), 12, 1)
    found = place_of_answers(x, y[:, 0])
    assert (found.kind, found.offset, found.horizon) == ("behind", 12, 1)


@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("horizon", [1, 12, 20])
def test_shuffled_windows_are_put_in_order(stride, horizon):
    x, y = cut(noise(400), 12, horizon, stride)
    order = np.random.default_rng(1).permutation(len(x))
    found = place_of_answers(x[order], y[order])
    assert (found.kind, found.offset) == ("behind", 12)
    same = place_of_answers(x[order], x[order])
    assert (same.kind, same.offset) == ("within", 0)


def test_windows_of_which_some_are_held_out_are_enough():
    x, y = cut(noise(400), 12, 12)
    order = np.random.default_rng(1).permutation(len(x))[: int(0.7 * len(x))]
    assert place_of_answers(x[order], y[order]).kind == "behind"


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("horizon", [8, 16, 20])
def test_windows_scaled_each_on_its_own(stride, horizon):
    x, y = cut(np.cumsum(noise(300), axis=0), 16, horizon, stride)
    middle, size = x.mean(1, keepdims=True), x.std(1, keepdims=True)
    found = place_of_answers((x - middle) / size, (y - middle) / size)
    assert (found.kind, found.offset) == ("behind", 16)
    # The targets may stay as they are, too.
    assert place_of_answers((x - middle) / size, y).offset == 16


def test_windows_scaled_each_on_its_own_that_answer_for_themselves():
    x, _ = cut(np.cumsum(noise(300), axis=0), 16, 16)
    scaled = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    assert place_of_answers(scaled, x).offset == 0


def test_a_gap_is_counted():
    x, y = cut(noise(300), 12, 4, offset=17)
    assert place_of_answers(x, y).offset == 17


def test_symbols_one_hot_and_as_numbers():
    symbols = np.random.default_rng(0).integers(0, 30, (300, 1))
    x, y = cut(symbols, 12, 12)
    assert place_of_answers(x[..., 0], y[..., 0]).kind == "behind"
    hot = np.eye(30)
    assert place_of_answers(hot[x[..., 0]], hot[y[..., 0]]).kind == "behind"
    assert place_of_answers(hot[x[..., 0]], x[..., 0]).offset == 0


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (noise(60 * 12).reshape(60, 12, 1), noise(99 * 12)[-720:].reshape(60, 12, 1)),
        (noise(60 * 12).reshape(60, 12, 1), np.arange(60) % 3),
        (np.zeros((60, 12, 1)), np.zeros((60, 12, 1))),
    ],
    ids=["other values", "classes", "constant"],
)
def test_what_the_values_do_not_say_stays_open(x, y):
    assert place_of_answers(x, y + 0.5 if y.dtype.kind == "f" and y.any() else y).kind == "open"


def test_a_series_that_repeats_itself_leaves_it_open():
    series = np.tile(np.random.default_rng(0).normal(size=6), 60)[:, None]
    x, y = cut(series, 12, 12)
    assert place_of_answers(x, y).kind == "open"


def test_a_clean_sine_is_no_repetition():
    series = np.sin(np.arange(400) / 7)[:, None].astype("float32")
    assert place_of_answers(*cut(series, 24, 24)).offset == 24
    assert place_of_answers(*cut(series, 24, 24, offset=1)).offset == 1


@given(
    steps=st.integers(3, 14),
    horizon=st.integers(1, 20),
    stride=st.integers(1, 5),
    offset=st.integers(0, 20),
    features=st.integers(1, 3),
    seed=st.integers(0, 99),
)
@settings(deadline=None, max_examples=40)
def test_the_place_is_where_the_values_were_taken(steps, horizon, stride, offset, features, seed):
    series = np.random.default_rng(seed).normal(size=(300, features))
    stride = min(stride, steps - 1)
    x, y = cut(series, steps, horizon, stride, offset)
    found = place_of_answers(x, y)
    assert (found.kind, found.offset) == ("behind" if offset >= steps else "within", offset)
    order = np.random.default_rng(seed).permutation(len(x))
    assert place_of_answers(x[order], y[order]) == found
