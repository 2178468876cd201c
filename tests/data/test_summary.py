from __future__ import annotations

import json
import math

import numpy as np
import pytest

from data.vocabularies import vocabulary_of
from echospan.data import describe, read_series
from echospan.data.summary import repeat_share
from echospan.errors import ConfigError


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("t,x\n" + "".join(f"0,{v}\n" for v in ["a", "a", "b", "", "b", "b", "a", "c"]))
    return path


def test_by_hand(path):
    summary = describe(read_series(path, "x"))
    entropy = -(2 * 3 / 7 * math.log2(3 / 7) + 1 / 7 * math.log2(1 / 7))
    assert summary.pop("entropy_bits") == pytest.approx(entropy)
    assert summary == {
        "path": str(path),
        "column": "x",
        "rows": 8,
        "missing": {"count": 1, "share": 1 / 8, "first_lines": [5]},
        "kind": "categories",
        "symbols": 3,
        "most_common": [
            {"value": "a", "count": 3, "share": 3 / 7},
            {"value": "b", "count": 3, "share": 3 / 7},
            {"value": "c", "count": 1, "share": 1 / 7},
        ],
        "chance": {"uniform": 1 / 3, "most_common": 3 / 7},
        "repeat_share": 2 / 5,
    }


def test_json_takes_it_as_it_is(path):
    summary = describe(read_series(path, "x"), most_common=1)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert [entry["value"] for entry in summary["most_common"]] == ["a"]


def test_counts_are_the_seriess_own_under_a_given_vocabulary(path):
    vocabulary = vocabulary_of(["a", "b", "c", "d", "d", "d", "d"])
    summary = describe(read_series(path, "x", vocabulary=vocabulary))
    assert summary["symbols"] == 4
    assert [entry["count"] for entry in summary["most_common"]] == [3, 3, 1]


def test_uniform_symbols_have_the_greatest_entropy(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("x\n" + "0\n1\n2\n3\n" * 5)
    summary = describe(read_series(path, "x"))
    assert summary["entropy_bits"] == pytest.approx(2)
    assert summary["repeat_share"] == 0


def test_bad_setting(path):
    with pytest.raises(ConfigError, match="most_common"):
        describe(read_series(path, "x"), most_common=-1)


@pytest.mark.parametrize(
    ("codes", "share"),
    [([0, 0, 0], 1.0), ([0, -1, 0], None), ([5], None), ([-1, -1, 2, 2, 1], 0.5)],
)
def test_repeat_share(codes, share):
    assert repeat_share(np.array(codes, dtype=np.int32)) == share
