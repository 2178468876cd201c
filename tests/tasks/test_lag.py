from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.tasks import MISSING, lagged

NAMESPACES = {"numpy": np, "jax": jnp}
HEARD = [7, 3, 9, 1, 4]


@pytest.fixture(params=NAMESPACES)
def xp(request):
    return NAMESPACES[request.param]


def test_missing_is_minus_one():
    assert MISSING == -1


@pytest.mark.parametrize(
    ("lag", "answer"),
    [
        (0, [7, 3, 9, 1, 4]),
        (1, [-1, 7, 3, 9, 1]),
        (2, [-1, -1, 7, 3, 9]),
        (3, [-1, -1, -1, 7, 3]),
        (4, [-1, -1, -1, -1, 7]),
        (5, [-1, -1, -1, -1, -1]),
        (9, [-1, -1, -1, -1, -1]),
    ],
)
def test_written_by_hand(xp, lag, answer):
    assert lagged(xp.asarray([HEARD]), lag).tolist() == [answer]


def test_every_sequence_for_itself(xp):
    values = xp.asarray([[7, 3, 9], [2, 0, 5]])
    assert lagged(values, 1).tolist() == [[-1, 7, 3], [-1, 2, 0]]


def test_a_missing_value_is_not_asked_for(xp):
    assert lagged(xp.asarray([[7, -1, 9, 1]]), 1).tolist() == [[-1, 7, -1, 9]]


def test_kind_and_type_of_the_array_stay(xp):
    values = xp.asarray([HEARD], dtype="int32")
    for lag in (0, 2, 9):
        assert type(lagged(values, lag)) is type(values)
        assert lagged(values, lag).dtype == values.dtype


# A few lengths and lags: JAX compiles each anew.
@pytest.mark.parametrize("name", NAMESPACES)
@settings(max_examples=60, deadline=None)
@given(
    lag=st.sampled_from([0, 1, 2, 5, 11]),
    length=st.sampled_from([1, 2, 6, 12]),
    rows=st.lists(st.lists(st.integers(0, 99), min_size=12, max_size=12), min_size=2, max_size=2),
)
def test_the_definition(name, lag, length, rows):
    values = [row[:length] for row in rows]
    targets = lagged(NAMESPACES[name].asarray(values), lag).tolist()
    for heard, asked in zip(values, targets, strict=True):
        assert len(asked) == length
        for t in range(length):
            assert asked[t] == (heard[t - lag] if t >= lag else MISSING)


@pytest.mark.parametrize("length", [1, 2, 9])
@pytest.mark.parametrize("lag", [0, 1, 8, 9, 12])
def test_a_traced_lag_is_the_same_lag(length, lag):
    values = jnp.arange(2 * length, dtype="int32").reshape(2, length)
    traced = jax.jit(lagged)(values, jnp.int32(lag))
    assert traced.dtype == values.dtype
    assert traced.tolist() == lagged(values, lag).tolist()
    numbers = values.astype("float32")
    np.testing.assert_array_equal(jax.jit(lagged)(numbers, lag), lagged(numbers, lag))
