from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.vocabularies import vocabulary_of
from echospan.data import vocabulary as module
from echospan.data.vocabulary import Vocabulary
from echospan.errors import DataError

text = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: t.strip())
integers = st.integers(-(10**17), 10**17)


@given(st.lists(st.none() | text, min_size=1).filter(any))
def test_round_trip_of_text(values):
    vocabulary = vocabulary_of(values, "categories")
    symbols = vocabulary.encode(values)
    assert symbols.dtype == np.int32
    assert set(symbols.tolist()) - {-1} == set(range(len(vocabulary)))
    assert vocabulary.decode(symbols) == values
    assert list(vocabulary.values) == sorted(set(values) - {None})
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary


@given(st.lists(st.none() | integers, min_size=1).filter(lambda v: any(x is not None for x in v)))
def test_round_trip_of_integers(values):
    vocabulary = vocabulary_of(values)
    assert vocabulary.kind == "integers"
    written = ["" if value is None else str(value) for value in values]
    np.testing.assert_array_equal(vocabulary.encode(values), vocabulary.encode(written))
    assert vocabulary.decode(vocabulary.encode(values)) == values
    assert list(vocabulary.values) == sorted({value for value in values if value is not None})
    assert sum(vocabulary.counts) == sum(value is not None for value in values)
    assert Vocabulary.from_json(vocabulary.to_json().encode()) == vocabulary


def test_integers_sort_as_numbers_and_categories_as_text():
    values = ["10", "9", "-2"]
    assert vocabulary_of(values).values == (-2, 9, 10)
    assert vocabulary_of(values, "categories").values == ("-2", "10", "9")


def test_leading_zeros_stay():
    vocabulary = vocabulary_of(["001", "010", "001"])
    assert vocabulary.kind == "categories"
    assert vocabulary.decode([0, 1]) == ["001", "010"]
    assert vocabulary.counts == (2, 1)


def test_spaces_around_an_integer_do_not_count():
    vocabulary = vocabulary_of(["1", " 1", "2 "])
    assert vocabulary.values == (1, 2)
    assert vocabulary.counts == (2, 1)


class TestUnknownValues:
    def test_text(self):
        vocabulary = vocabulary_of(["apple", "pear", "plum", "fig"])
        with pytest.raises(DataError) as caught:
            vocabulary.encode(["pear", "aple"], name="input")
        message = str(caught.value)
        assert message.startswith("input: position 1: 'aple' is not among the 4 known values")
        assert message.index("'apple'") < message.index("'plum'")

    def test_a_number_gets_the_nearest_numbers(self):
        vocabulary = vocabulary_of([0, 10, 19, 20, 29])
        with pytest.raises(DataError, match="nearest: 20, 19, 29"):
            vocabulary.encode([21])

    @pytest.mark.parametrize("value", ["x", "1.0", "01"])
    def test_no_integer(self, value):
        with pytest.raises(DataError, match="not among the 2 known values"):
            vocabulary_of([1, 2]).encode([value])

    @pytest.mark.parametrize("value", [1.0, True, b"1"])
    def test_other_types(self, value):
        with pytest.raises(DataError, match="must be text or whole numbers"):
            vocabulary_of([1, 2]).encode([value])

    def test_symbols_out_of_range(self):
        vocabulary = vocabulary_of([1, 2])
        with pytest.raises(DataError, match="item 2 of 2"):
            vocabulary.decode([0, 2])
        with pytest.raises(DataError, match="one axis"):
            vocabulary.decode([[0, 1]])

    def test_nothing_to_decode(self):
        assert vocabulary_of([1, 2]).decode([]) == []


def test_mixed_values_name_the_position():
    with pytest.raises(DataError, match="'x' at position 2"):
        vocabulary_of(["1", None, "x", "2"])


GOOD = {"kind": "integers", "values": [1, 2], "counts": [3, 4]}


class TestJson:
    def test_good(self):
        assert Vocabulary.from_json(json.dumps(GOOD)) == Vocabulary("integers", (1, 2), (3, 4))

    @pytest.mark.parametrize(
        "changes",
        [
            {"kind": "floats"},
            {"kind": []},
            {"kind": "categories"},
            {"values": [2, 1]},
            {"values": [1, 1]},
            {"values": [1, 2.0]},
            {"values": [False, True]},
            {"values": ["1", "2"]},
            {"values": []},
            {"values": {"1": 2}},
            {"values": [[1], [2]]},
            {"counts": [3]},
            {"counts": [3, -1]},
            {"counts": [3, True]},
            {"counts": None},
            {"more": 1},
        ],
    )
    def test_bad_parts(self, changes):
        with pytest.raises(DataError, match="vocabulary: "):
            Vocabulary.from_json(json.dumps(GOOD | changes))

    @pytest.mark.parametrize(
        "raw",
        [
            "",
            "[]",
            "null",
            '{"kind": "integers"}',
            '{"kind": "integers", "values": [1, 2], "coun',
            "[" * 100_000,
            '{"kind": "integers", "counts": [1], "values": [' + "9" * 5000 + "]}",
            '{"kind": "categories", "counts": [1], "values": ["\\ud800"]}',
            b"\xff\xfe\xff",
        ],
    )
    def test_bad_text(self, raw):
        with pytest.raises(DataError, match="vocabulary: "):
            Vocabulary.from_json(raw)

    def test_size_limit(self, monkeypatch):
        monkeypatch.setattr(module, "MAX_JSON_BYTES", 20)
        with pytest.raises(DataError, match="at most 20 long"):
            Vocabulary.from_json(json.dumps(GOOD))

    def test_limit_of_symbols(self, monkeypatch):
        monkeypatch.setattr(module, "MAX_SYMBOLS", 1)
        with pytest.raises(DataError, match="must hold 1 to 1 values; got 2"):
            Vocabulary.from_json(json.dumps(GOOD))
