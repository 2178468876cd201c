from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import polars
import pytest

from echospan.engine.samples import samples, split
from echospan.errors import ConfigError, DataError

pytestmark = pytest.mark.usefixtures("keras")


class TestTypes:
    @pytest.mark.parametrize("dtype", ["float64", "float16", "float32", "bfloat16"])
    def test_floats_get_the_type_of_keras(self, dtype):
        assert samples(np.asarray(jnp.ones(3, "float32")).astype(dtype)).x.dtype == "float32"

    @pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "bool"])
    def test_integers_stay(self, dtype):
        assert samples(np.ones(3, dtype)).x.dtype == dtype

    def test_long_integers_that_fit_become_short(self):
        got = samples(np.array([-(2**31), 2**31 - 1])).x
        assert got.dtype == "int32"
        assert got.tolist() == [-(2**31), 2**31 - 1]

    @pytest.mark.parametrize("value", [2**31, -(2**31) - 1])
    def test_integers_that_do_not_fit(self, value):
        with pytest.raises(DataError, match=f"beyond int32.*{value}"):
            samples(np.array([0, value]))

    @pytest.mark.parametrize(
        ("array", "kind"),
        [
            (np.array([1, None]), "Python objects"),
            (np.array(["a", "b"]), "values of type <U1"),
            (np.array(["2020-01-01"], "datetime64[D]"), "datetime64"),
        ],
    )
    def test_no_numbers(self, array, kind):
        with pytest.raises(DataError, match=kind):
            samples(array)

    @pytest.mark.parametrize("value", [[1, 2], [[1.0]], 3.0, "text", {"a": 1}, np.float32(1)])
    def test_no_arrays(self, value):
        with pytest.raises(DataError, match="x must"):
            samples(value)

    def test_other_libraries(self):
        got = samples(polars.Series([1.0, 2.0]), jnp.arange(2))
        assert isinstance(got.x, np.ndarray)
        assert isinstance(got.y, np.ndarray)
        assert got.x.tolist() == [1.0, 2.0]
        assert got.y.tolist() == [0, 1]

    def test_the_users_array_is_not_copied(self):
        array = np.ones((3, 2), "float32")
        assert samples(array).x is array or np.shares_memory(samples(array).x, array)


class TestLengths:
    def test_are_named(self):
        with pytest.raises(DataError, match=r"got x\['a'\] 3, x\['b'\] 4, y 3, sample_weight 2"):
            samples({"a": np.ones(3), "b": np.ones(4)}, np.ones(3), np.ones(2))

    def test_none(self):
        with pytest.raises(DataError, match="at least one sample"):
            samples(np.ones((0, 3)), np.ones((0, 1)))
        with pytest.raises(DataError, match="at least one array"):
            samples(None)


class TestWeights:
    def test_of_classes(self):
        y = np.array([0, 1, 2, 1])
        expected = [2.0, 0.5, 1.0, 0.5]
        for targets in (y, y[:, None], np.eye(3)[y], y.astype("float64") + 0.2):
            assert samples(y, targets, None, {0: 2.0, 1: 0.5}).weight.tolist() == expected

    @pytest.mark.parametrize("y", [None, [np.ones(2), np.ones(2)], np.ones((2, 3, 1))])
    def test_of_classes_where_a_sample_has_no_one_class(self, y):
        with pytest.raises(ConfigError, match="class_weight must be left out"):
            samples(np.ones(2), y, None, {0: 1.0})

    def test_one_array_for_several_outputs(self):
        weight = np.arange(2.0)
        got = samples(np.ones(2), {"a": np.ones(2), "b": np.ones(2)}, weight).weight
        assert {name: value.tolist() for name, value in got.items()} == {"a": [0, 1], "b": [0, 1]}
        with pytest.raises(DataError, match=r"got one array of shape \(2, 3\)"):
            samples(np.ones(2), [np.ones(2), np.ones(2)], np.ones((2, 3)))
        with pytest.raises(DataError, match="structure of y"):
            samples(np.ones(2), {"a": np.ones(2), "b": np.ones(2)}, {"a": weight})


def test_split_keeps_the_order():
    first, last = split(samples(np.arange(10), np.arange(10)), 0.25)
    assert first.x.tolist() == list(range(7))
    assert last.y.tolist() == [7, 8, 9]
    assert first.weight is None
