from __future__ import annotations

from itertools import pairwise
from typing import get_args

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.random import JaxDraw, NumpyDraw, Stream, stream, stream_seed
from echospan.tasks import Echo

NAMES = get_args(Stream)


def data(key) -> tuple[int, ...]:
    return tuple(np.asarray(jax.random.key_data(key)).tolist())


def test_stream_numbers_never_change():
    """A name's place is its number: another order would change every stored result."""
    assert NAMES[:7] == ("data", "init", "dropout", "validation", "evaluation", "show", "baseline")
    assert data(stream(0, "data")) == data(jax.random.fold_in(jax.random.key(0), 0))
    assert data(stream(5, "evaluation")) == data(jax.random.fold_in(jax.random.key(5), 4))


def test_no_two_streams_share_a_key():
    keys = [stream(seed, name) for seed in (0, 1, 2, 2**31 - 1) for name in NAMES]
    # The streams themselves, and what epochs and sequences fold into them.
    steps = jax.vmap(jax.random.fold_in, (None, 0))
    inner = [data(key) for parent in keys for key in steps(parent, np.arange(50))]
    everything = [*map(data, keys), *inner]
    assert len(set(everything)) == len(everything) == 4 * len(NAMES) * 51


def test_an_unknown_stream():
    with pytest.raises(ValueError, match="not in tuple"):
        stream(0, "luck")


def test_streams_as_integers():
    seeds = [stream_seed(seed, name) for seed in range(3) for name in NAMES]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert stream_seed(1, "init") == stream_seed(1, "init")


def sequences(seed: int, name: Stream, count: int) -> set[tuple[int, ...]]:
    draw = JaxDraw(stream(seed, name))
    return {tuple(row) for row in np.asarray(Echo().draw(draw, count, {}, "train")).tolist()}


@pytest.mark.parametrize("seed", [0, 3])
def test_training_never_sees_what_it_is_judged_on(seed):
    drawn = [sequences(seed, name, 2000) for name in ("data", "validation", "evaluation", "show")]
    assert all(len(rows) == 2000 for rows in drawn)
    assert len(set.union(*drawn)) == 8000


def test_streams_are_not_correlated():
    draws = [np.asarray(JaxDraw(stream(0, name)).integers(0, 1000, (4000,))) for name in NAMES]
    together = np.abs(np.corrcoef(draws) - np.eye(len(NAMES)))
    # The standard error of a correlation of 4,000 pairs is 0.016.
    assert together.max() < 0.07


@pytest.mark.parametrize("make", ["jax", "numpy"])
@settings(max_examples=25, deadline=None)
@given(low=st.integers(-5, 5), span=st.integers(1, 9), seed=st.integers(0, 2**31 - 1))
def test_draws_stay_in_their_range(make, low, span, seed):
    draw = (
        JaxDraw(jax.random.key(seed)) if make == "jax" else NumpyDraw(np.random.default_rng(seed))
    )
    values = np.asarray(draw.integers(low, low + span, (40, 5)))
    assert values.dtype == np.int32
    assert values.shape == (40, 5)
    assert values.min() >= low
    assert values.max() < low + span
    if span == 1:
        assert (values == low).all()
    elif span < 5:
        assert set(values.ravel().tolist()) == set(range(low, low + span))


@pytest.mark.parametrize(
    "make", [lambda: JaxDraw(jax.random.key(1)), lambda: NumpyDraw(np.random.default_rng(1))]
)
def test_each_draw_continues_the_stream(make):
    one, two = make(), make()
    first = [np.asarray(one.integers(0, 1000, (30,))).tolist() for _ in range(4)]
    second = [np.asarray(two.integers(0, 1000, (30,))).tolist() for _ in range(4)]
    assert first == second
    assert all(a != b for a, b in pairwise(first))


@pytest.mark.parametrize("shape", [(), (0,), (7,), (3, 5, 2)])
def test_draws_are_jaxs_own(shape):
    """Drawn in another way on a CPU; for a whole run, the same numbers."""
    import jax

    key = stream(5, "data")
    draw = JaxDraw(key)
    for _ in range(2):
        key, one = jax.random.split(key)
        np.testing.assert_array_equal(
            draw.integers(-3, 40, shape), jax.random.randint(one, shape, -3, 40)
        )
        key, one = jax.random.split(key)
        np.testing.assert_array_equal(
            draw.uniform(-1, 2, shape), jax.random.uniform(one, shape, "float32", -1, 2)
        )
