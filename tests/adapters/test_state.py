from __future__ import annotations

import numpy as np
import pytest

from echospan.adapters import State
from echospan.adapters.state import flatten, unflatten
from echospan.errors import ConfigError, DataError


def array(value):
    return isinstance(value, np.ndarray)


def state():
    tree = (np.arange(6.0).reshape(1, 3, 2), {"count": np.array([4], "int32")})
    leaves, structure = flatten(tree, "h", array)
    return State(leaves, structure, {"h.0": 1, "h.1.count": None})


def test_a_tree_is_taken_apart_and_put_together():
    made = state()
    assert list(made.leaves) == ["h.0", "h.1.count"]
    back = unflatten(made.leaves, made.structure)
    assert isinstance(back, tuple)
    assert back[1]["count"] is made.leaves["h.1.count"]
    assert (made.numbers, made.nbytes) == (7, 6 * 8 + 4)
    deep = [None, (1.5, [np.zeros(2)])]
    leaves, structure = flatten(deep, "s", array)
    assert list(leaves) == ["s.1.1.0"]
    assert unflatten(leaves, structure)[:1] == [None]
    with pytest.raises(DataError, match=r"a set at s\.0"):
        flatten([{1, 2}], "s", array)


def test_rows_are_selected_on_their_own_axis():
    made = state().rows([2, 0, 2])
    np.testing.assert_array_equal(made.leaves["h.0"], [[[4, 5], [0, 1], [4, 5]]])
    np.testing.assert_array_equal(made.leaves["h.1.count"], [4])
    with pytest.raises(DataError, match="no known axis of rows"):
        State({"h": np.zeros(3)}).rows([0])


def test_a_copy_and_zeros_leave_the_state_alone():
    made = state()
    copied, zero = made.copy(), made.reset()
    copied.leaves["h.0"][:] = 9
    np.testing.assert_array_equal(made.leaves["h.0"].ravel(), np.arange(6.0))
    assert not zero.leaves["h.0"].any()
    assert zero.leaves["h.1.count"].dtype == np.dtype("int32")


def test_differences_are_told_leaf_by_leaf():
    made, other = state(), state().copy()
    assert made.equals(other)
    assert made.difference(other) == {"h.0": 0.0, "h.1.count": 0.0}
    other.leaves["h.0"][0, 1, 1] += 0.25
    assert made.difference(other) == {"h.0": 0.25, "h.1.count": 0.0}
    assert not made.equals(other)
    other.leaves["h.0"][0, 0, 0] = np.nan
    assert made.difference(other)["h.0"] == np.inf
    assert other.difference(other)["h.0"] == 0.0
    assert made.difference(State({"h.0": np.zeros((1, 2, 2))})) == {
        "h.0": np.inf,
        "h.1.count": np.inf,
    }


def test_bytes_bring_it_back_bit_for_bit():
    made = state()
    made.leaves["h.0"][0, 0, 0] = np.nan
    back = State.from_bytes(made.to_bytes())
    assert back.equals(made)
    assert back.structure == made.structure
    assert back.batch_axes == {"h.0": 1, "h.1.count": None}
    for content in (b"", b"no state", made.to_bytes()[:-40]):
        with pytest.raises(DataError, match="hold no state"):
            State.from_bytes(content)
    with pytest.raises(DataError, match="cannot be serialised"):
        State({"h": np.zeros(1)}, ["object", object()]).to_bytes()


def test_only_a_cache_is_cropped():
    cache = State({"k": np.arange(8.0).reshape(1, 4, 2)}, ["leaf", "k"], {"k": 0}, {"k": 1})
    np.testing.assert_array_equal(cache.crop(3).leaves["k"], [[[0, 1]]])
    assert cache.crop(0).equals(cache)
    with pytest.raises(ConfigError, match="steps must be from 0 to 4; got 5"):
        cache.crop(5)
    with pytest.raises(DataError, match="does not keep each step apart"):
        state().crop(1)
