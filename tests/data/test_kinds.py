from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echospan.data.kinds import decide, is_integer, is_number, show
from echospan.errors import ConfigError, DataError


def decided(values, kind="auto"):
    distinct = list(dict.fromkeys(values))
    counts = np.array([values.count(value) for value in distinct])
    return decide(
        distinct, counts, kind, subject="s", where=lambda i: f"row {values.index(distinct[i])}"
    )


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_what_python_prints_is_canonical(number):
    assert is_integer(str(number))
    assert is_integer(f" {number} ")


@pytest.mark.parametrize(
    "text", ["007", "1.0", "+5", "-0", "--1", "1e3", "", " ", "1_000", "٣", "x", "1 2", "9" * 30]
)
def test_not_canonical(text):
    assert not is_integer(text)


@pytest.mark.parametrize("text", ["3", "-2.5", "1,5", ".5", "2.", "1e9", "NaN", "-inf", "007"])
def test_numbers(text):
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "x", "1x", "nano", "e5", "1.2.3", "."])
def test_no_numbers(text):
    assert not is_number(text)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["3", "-1", "0"], "integers"),
        (["a", "b"], "categories"),
        (["001", "002", "100"], "categories"),
        (["01", "10", "11", "12"], "categories"),
        (["a", "b", "c", "1"], "categories"),
        (["a", "1"], "categories"),
        (["1.2.3", "1.2.4"], "categories"),
    ],
)
def test_auto(values, kind):
    assert decided(values) == kind


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        (["1", "2", "x"], ["2 values are whole numbers and 1 not", "'x' at row 2"]),
        (["1", "2", "3", "007"], ["3 values are whole numbers and 1 not", "'007' at row 3"]),
        (["1", "+5", "2"], ["'+5' at row 1"]),
        (["1", "x", "1.5", "2"], ["2 values are whole numbers and 2 not", "'x' at row 1"]),
        (["1.5", "2", "2.5"], ["2 values are no whole number", "'1.5' at row 0", "bins"]),
        (["1", "1.0"], ["1 value is no whole number", "'1.0' at row 1"]),
        (["1", "2", "NaN"], ["'NaN' at row 2"]),
        (["0,5", "1,5"], ["'0,5' at row 0", "bins"]),
    ],
)
def test_mixed(values, parts):
    with pytest.raises(DataError) as caught:
        decided(values)
    for part in ["--kind categories", *parts]:
        assert part in str(caught.value)


def test_categories_take_everything():
    assert decided(["1", "x", "1.5"], "categories") == "categories"


@pytest.mark.parametrize("values", [["a", "b"], ["001", "002"], ["1", "2", "1.5"]])
def test_integers_can_be_demanded(values):
    with pytest.raises(DataError, match="--kind categories"):
        decided(values, "integers")


def test_unknown_kind():
    with pytest.raises(ConfigError, match="auto, integers, categories"):
        decided(["1"], "numbers")


def test_show_keeps_one_short_line():
    assert "\n" not in show("a\nb")
    assert len(show("x" * 1000)) < 50
