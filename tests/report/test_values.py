from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echospan.errors import DataError
from echospan.report import values
from echospan.results import tolerant
from echospan.results.run import Variant


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.998, "99.8 %"),
        (1, "100 %"),
        (1.0, "100 %"),
        (0, "0 %"),
        (0.01, "1 %"),
        (0.5, "50 %"),
        (0.9999, "99.99 %"),
        (0.99999, "99.999 %"),
        (1 - 1e-9, "> 99.9999 %"),
        (1e-5, "0.001 %"),
        (1e-9, "< 0.0001 %"),
        (None, "–"),
        (math.nan, "–"),
        ("0.5", "–"),
        (True, "–"),
        (np.float32(0.25), "25 %"),
    ],
)
def test_percent(share: object, text: str) -> None:
    assert values.percent(share) == text


@given(st.floats(0, 1))
def test_only_all_is_100_percent_and_only_none_is_0(share: float) -> None:
    text = values.percent(share)
    assert (text == "100 %") == (share * 100 == 100)
    assert (text == "0 %") == (share == 0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.0004, "< 1 ms"),
        (0.085, "85 ms"),
        (0.9996, "1.0 s"),
        (1.94, "1.9 s"),
        (9.97, "10 s"),
        (59.97, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3780, "1 h 3 min"),
        (-1, "–"),
        (None, "–"),
    ],
)
def test_duration(seconds: object, text: str) -> None:
    assert values.duration(seconds) == text


def test_symbols() -> None:
    given = [3, -1, None, 2.0, 0.25, math.nan, "001", np.int32(7)]
    assert values.symbols(given) == ["3", "", "", "2", "0.25", "", "001", "7"]
    assert values.symbols("abc") == []


def test_pairs_and_intervals() -> None:
    assert tolerant.pair([0.2, 0.1]) == (0.1, 0.2)
    assert tolerant.pair(np.array([0.1, 0.2])) == (0.1, 0.2)
    for wrong in (None, "ab", [1], [1, None], [1, math.nan], {1: 2, 3: 4}, 3):
        assert tolerant.pair(wrong) is None
    assert values.percent_interval([0.996, 0.999]) == "99.6 to 99.9 %"


def test_totals_counts_and_seeds() -> None:
    assert tolerant.total_seconds({"compile": 1, "train": 2.5, "note": "x"}) == 3.5
    assert tolerant.total_seconds({}) is None
    assert tolerant.total_seconds(4) == 4.0
    assert values.count(2000) == "2,000"
    assert values.count("x") == "–"
    seeds = [Variant.from_dict({"seeds": given}).seed_count for given in ([0, 1, 2], 5, "x", None)]
    assert seeds == [3, 5, None, None]
    assert Variant.from_dict({"accuracies": [0.1, 0.2]}).seed_count == 2


def test_settings() -> None:
    config = {"task": {"lag": 2, "extra": {}}, "seed": 0}
    assert values.setting(config, "task.lag") == 2
    assert values.setting(config, "task.lag.more") is None
    assert values.flatten(config) == [("task.lag", 2), ("task.extra", {}), ("seed", 0)]


def test_same_length() -> None:
    assert values.same_length(a=[1], b=[2]) == 1
    with pytest.raises(DataError, match="a and b must have the same length; got a 1, b 0"):
        values.same_length(a=[1], b=[])
