from __future__ import annotations

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from echospan.data.encoding import check_symbols, decode, one_hot, scale, unscale
from echospan.errors import ConfigError, DataError

os.environ.setdefault("KERAS_BACKEND", "jax")


@st.composite
def symbols_of_width(draw, least=1, most=300):
    width = draw(st.integers(least, most))
    shape = draw(npst.array_shapes(max_dims=3, max_side=6))
    dtype = draw(st.sampled_from([np.int8, np.int32, np.int64]))
    top = min(width - 1, np.iinfo(dtype).max)
    return width, draw(npst.arrays(dtype, shape, elements=st.integers(-1, top)))


class TestOneHot:
    def test_by_hand(self):
        expected = [[0, 0, 1], [-1, -1, -1], [1, 0, 0]]
        vectors = one_hot([2, -1, 0], 3)
        assert vectors.dtype == np.float32
        np.testing.assert_array_equal(vectors, expected)

    @given(symbols_of_width(), st.sampled_from([-1.0, 2.0, -7.5]))
    def test_round_trip(self, drawn, missing):
        width, symbols = drawn
        vectors = one_hot(symbols, width, missing=missing)
        assert vectors.shape == (*symbols.shape, width)
        back = decode(vectors, missing=missing)
        assert back.dtype == np.int32
        np.testing.assert_array_equal(back, symbols)

    @settings(deadline=None)  # the first call imports Keras
    @given(symbols_of_width(least=2))
    def test_agrees_with_keras(self, drawn):
        import keras

        width, symbols = drawn
        symbols = np.abs(symbols)
        ours = one_hot(symbols, width)
        # Flat, because to_categorical drops a last axis of length 1.
        flat = keras.utils.to_categorical(symbols.reshape(-1), width)
        np.testing.assert_array_equal(ours, flat.reshape(ours.shape))
        # As int32, because keras.ops.one_hot counts its classes in the symbols' own type: of 257
        # classes of int8 symbols, number 256 wraps round to 0 (Keras 3.15.1 on JAX).
        wide = symbols.astype(np.int32)
        np.testing.assert_array_equal(ours, keras.ops.one_hot(wide, width))

    @pytest.mark.parametrize("width", [1, 4])
    def test_masking_masks_the_missing_steps_and_no_other(self, width):
        import keras

        symbols = np.array([[0, -1, width - 1, -1]])
        masking = keras.layers.Masking(mask_value=-1)
        mask = masking.compute_mask(one_hot(symbols, width))
        np.testing.assert_array_equal(mask, symbols != -1)

    def test_unsigned_symbols_wider_than_their_type(self):
        symbols = np.array([0, 255], dtype=np.uint8)
        np.testing.assert_array_equal(decode(one_hot(symbols, 300)), [0, 255])

    @pytest.mark.parametrize(("symbols", "place"), [([0, 3], "item 2"), ([-2, 0], "item 1")])
    def test_out_of_range(self, symbols, place):
        with pytest.raises(DataError, match=place):
            one_hot(symbols, 3)

    def test_floats(self):
        with pytest.raises(DataError, match="float64"):
            one_hot([0.5], 3)

    @pytest.mark.parametrize("width", [0, -1, 2.0, True])
    def test_bad_width(self, width):
        with pytest.raises(ConfigError, match="width"):
            one_hot([0], width)


class TestDecode:
    def test_scores(self):
        np.testing.assert_array_equal(decode([[0.1, 0.7, 0.2], [0.4, 0.4, 0.2]]), [1, 0])

    def test_a_single_vector(self):
        assert decode(np.array([0.0, 1.0])) == 1

    @pytest.mark.parametrize("vectors", [3.0, np.empty((2, 0))])
    def test_nothing_to_decode(self, vectors):
        with pytest.raises(DataError, match="last axis"):
            decode(vectors)

    def test_nan(self):
        with pytest.raises(DataError, match=r"position \(1, 0\) \(item 3 of 4\) is NaN"):
            decode([[0.0, 1.0], [math.nan, 1.0]])


class TestScale:
    def test_by_hand(self):
        np.testing.assert_array_equal(scale([0, 2, 4, -1], 5), np.float32([0, 0.5, 1, -1]))

    @given(symbols_of_width(least=2, most=1_000_000))
    def test_round_trip(self, drawn):
        width, symbols = drawn
        np.testing.assert_array_equal(unscale(scale(symbols, width), width, missing=-1.0), symbols)

    def test_predictions_are_rounded_and_clipped(self):
        values = np.array([-1.0, -3.0, 0.12, 0.13, 0.99, 7.0, 1e30])
        np.testing.assert_array_equal(unscale(values, 5), [0, 0, 0, 1, 4, 4, 4])

    def test_whole_numbers_are_values_too(self):
        np.testing.assert_array_equal(unscale([0, 1], 3), [0, 2])

    def test_one_symbol_has_no_scale(self):
        with pytest.raises(ConfigError, match="width must be a whole number of at least 2"):
            scale([0], 1)

    def test_nan(self):
        with pytest.raises(DataError, match="item 2 of 2"):
            unscale([0.0, math.nan], 3)


class TestUnderJax:
    """The same functions inside a traced function, under JAX's strictest promotion."""

    @pytest.fixture(autouse=True)
    def _strict(self):
        import jax

        with jax.numpy_dtype_promotion("strict"):
            yield

    @pytest.mark.parametrize("dtype", ["int32", "int8", "uint8"])
    def test_one_hot_and_decode(self, dtype):
        import jax
        import jax.numpy as jnp

        symbols = np.array([[3, 0], [1, 2 if dtype == "uint8" else -1]], dtype=dtype)
        vectors = jax.jit(lambda s: one_hot(s, 4, xp=jnp))(symbols)
        np.testing.assert_array_equal(vectors, one_hot(symbols, 4))
        np.testing.assert_array_equal(jax.jit(lambda v: decode(v, xp=jnp))(vectors), symbols)

    def test_scale_and_unscale(self):
        import jax
        import jax.numpy as jnp

        symbols = np.array([0, 41, 99, -1], dtype=np.int32)
        values = jax.jit(lambda s: scale(s, 100, xp=jnp))(symbols)
        np.testing.assert_allclose(values, scale(symbols, 100), rtol=1e-6)
        back = jax.jit(lambda v: unscale(v, 100, missing=-1.0, xp=jnp))(values)
        np.testing.assert_array_equal(back, symbols)

    def test_a_traced_symbol_out_of_range_is_zeros_as_in_keras(self):
        import jax
        import jax.numpy as jnp

        vectors = jax.jit(lambda s: one_hot(s, 3, xp=jnp))(jnp.array([3, -2]))
        np.testing.assert_array_equal(vectors, np.zeros((2, 3)))

    def test_traced_floats_are_refused(self):
        import jax
        import jax.numpy as jnp

        with pytest.raises(DataError, match="float32"):
            jax.jit(lambda s: one_hot(s, 3, xp=jnp))(jnp.array([1.0]))


class TestCheckSymbols:
    @given(symbols_of_width())
    def test_good_values_come_back_as_int32(self, drawn):
        width, symbols = drawn
        for values in (symbols, symbols.tolist(), symbols.astype(float)):
            checked = check_symbols(values, width, name="x", missing=True)
            assert checked.dtype == np.int32
            np.testing.assert_array_equal(checked, symbols)

    @pytest.mark.parametrize(
        ("values", "parts"),
        [
            ([1, 2, math.nan, 4, 5], ["position 2 (item 3 of 5)", "is nan", "Fill the gap"]),
            ([1, math.inf], ["position 1 (item 2 of 2)", "is inf"]),
            ([0, 2.5], ["position 1 (item 2 of 2)", "is 2.5", "bins"]),
            ([-3, 1], ["position 0 (item 1 of 2)", "is -3", "Shift"]),
            ([1, 100], ["position 1 (item 2 of 2)", "is 100", "one more than the greatest"]),
            ([[1, 2], [3, -1]], ["position (1, 1) (item 4 of 4)", "is -1"]),
            ([1, True], ["position 1 (item 2 of 2)", "is True"]),
            (np.array([False, True]), ["position 0 (item 1 of 2)", "bool"]),
            (np.array([1, None], dtype=object), ["position 1 (item 2 of 2)", "None", "NoneType"]),
            (np.array([1, 2], dtype=object), ["object"]),
            (["7", "x"], ["position 0 (item 1 of 2)", "'7'", "str"]),
            ([1 + 2j], ["position 0", "complex"]),
            ([10**30], ["position 0 (item 1 of 1)", "is 1" + "0" * 30]),
            ([2**63], ["position 0 (item 1 of 1)", str(2**63)]),
            ([[1, 2], [3]], ["rows differ in length"]),
            (-1, ["the value is -1"]),
            ([], ["it is empty"]),
            (np.empty((0, 3)), ["it is empty"]),
        ],
    )
    def test_bad_values(self, values, parts):
        with pytest.raises(DataError) as caught:
            check_symbols(values, 100, name="numbers")
        message = str(caught.value)
        assert message.startswith("numbers")
        assert "\n" not in message
        for part in ["from 0 to 99", *parts]:
            assert part in message

    def test_missing_must_be_asked_for(self):
        with pytest.raises(DataError, match="is -1"):
            check_symbols([0, -1], 2, name="x")
        np.testing.assert_array_equal(check_symbols([0, -1], 2, name="x", missing=True), [0, -1])
        with pytest.raises(DataError, match="is -2"):
            check_symbols([0, -2], 2, name="x", missing=True)

    def test_bad_symbols(self):
        with pytest.raises(ConfigError, match="symbols"):
            check_symbols([0], 0, name="x")
