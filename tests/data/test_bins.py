"""Real numbers as symbols."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echospan.data import MISSING, Vocabulary, describe_columns, read_series
from echospan.data.bins import labels, place, quantile_edges
from echospan.errors import ConfigError, DataError

FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(st.lists(FINITE, min_size=1, max_size=60), st.integers(2, 12))
def test_every_bin_holds_something_and_there_are_no_more_than_asked(numbers, bins):
    known = np.array(numbers)
    edges = quantile_edges(known, bins)
    different = len(set(numbers))
    assert len(edges) + 1 <= min(bins, different)
    assert list(edges) == sorted(set(edges))
    if different > 1:
        assert edges
        counts = np.bincount([place(edges, value) for value in numbers], minlength=len(edges) + 1)
        assert counts.min() >= 1
        assert len(set(labels(edges))) == len(edges) + 1


def test_bins_hold_about_as_many_and_a_frequent_number_has_its_own():
    even = np.random.default_rng(0).normal(size=1000)
    edges = quantile_edges(even, 10)
    counts = np.bincount(np.searchsorted(edges, even, side="right"))
    assert len(counts) == 10
    assert counts.min() >= 95
    tied = np.array([0.0] * 80 + [1.5, 2.5, 3.5, 4.5] * 5)
    assert quantile_edges(tied, 10) == (1.5, 2.5, 3.5, 4.5)


def write(folder, text):
    path = folder / "a.csv"
    path.write_text(text, "utf-8")
    return path


def test_the_edges_come_from_the_training_part_only(tmp_path):
    numbers = [f"{step % 10}.5" for step in range(100)]
    early = write(tmp_path, "\n".join(["x", *numbers, *["1000.5"] * 25]))
    series = read_series(early, "x", bins=5, train_share=0.8)
    assert max(series.vocabulary.edges) < 10
    assert set(series.codes[100:]) == {len(series.vocabulary) - 1}
    whole = read_series(early, "x", bins=5)
    assert max(whole.vocabulary.edges) == 1000.5


def test_decimal_commas_blank_cells_and_nan(tmp_path):
    path = write(tmp_path, "day;x\n1;1,5\n2;\n3;nan\n4;2,5\n5;inf\n6; 3,5 \n")
    series = read_series(path, "x", bins=3)
    assert series.vocabulary.kind == "bins"
    assert series.codes.tolist() == [0, MISSING, MISSING, 1, 2, 2]
    assert series.missing_rows.count == 2
    assert series.vocabulary.encode(["0", "2.4", "2,5", "99", "nan", None]).tolist() == [
        *(0, 0, 1, 2),
        *(MISSING, MISSING),
    ]
    with pytest.raises(DataError, match="'warm' is no number"):
        series.vocabulary.encode(["warm"])
    again = Vocabulary.from_json(series.vocabulary.to_json())
    assert again == series.vocabulary
    # New data fall into the bins that are known.
    new = read_series(write(tmp_path, "x\n-7.0\n2.6\n"), "x", vocabulary=again)
    assert new.codes.tolist() == [0, 1]
    parts = json.loads(again.to_json())
    for wrong in ([], [2.5, 1.5], ["a", "b"], [1.0, 2.0, 3.0], None):
        with pytest.raises(DataError, match="vocabulary"):
            Vocabulary.from_json(json.dumps({**parts, "edges": wrong}))


def test_what_cannot_be_sorted_into_bins(tmp_path):
    constant = write(tmp_path, "x\n7.5\n7.5\n7.5\n")
    with pytest.raises(DataError, match="at least 2 different numbers"):
        read_series(constant, "x", bins=4)
    with pytest.raises(DataError, match="bins"):
        read_series(write(tmp_path, "x\n1.5\n2.5\n"), "x")
    thousands = write(tmp_path, 'a,x\n1,"1,250"\n2,"2,500"\n3,"3,5"\n')
    with pytest.raises(DataError, match="line 2: '1,250' has a comma"):
        read_series(thousands, "x", bins=4)
    words = write(tmp_path, "x\na\nb\n")
    with pytest.raises(ConfigError, match="categories"):
        read_series(words, "x", bins=4, integers_too=True)
    gaps = write(tmp_path, "x\n1\nNaN\n2\n")
    with pytest.raises(DataError, match="Leave those cells blank"):
        read_series(gaps, "x", bins=4)


def test_whole_numbers_are_sorted_when_that_is_asked(tmp_path):
    path = write(tmp_path, "\n".join(["x", *map(str, range(100))]))
    assert read_series(path, "x", bins=4).vocabulary.kind == "integers"
    binned = read_series(path, "x", bins=4, integers_too=True)
    assert binned.vocabulary.values == ("<25", "25..50", "50..75", ">=75")
    assert np.bincount(binned.codes).tolist() == [25] * 4


def test_all_columns_at_a_glance(tmp_path):
    lines = [f"2024-01-{day % 28 + 1:02d};{day};{day % 7}.5;{'ab'[day % 2]};" for day in range(90)]
    found = describe_columns(write(tmp_path, "\n".join(["date;n;heat;store;none", *lines])))
    assert found["rows"] == 90
    kinds = {column["name"]: column["kind"] for column in found["columns"]}
    assert kinds == {
        "date": "categories",
        "n": "integers",
        "heat": "real numbers",
        "store": "categories",
        "none": "blank",
    }
    assert found["columns"][2]["first"] == ("0.5", "1.5", "2.5", "3.5")
    assert found["columns"][4]["missing"] == 90
    assert found["next"].endswith("--column date")
    assert describe_columns(write(tmp_path, "v\n7\n7\n"))["next"] is None
    assert describe_columns(write(tmp_path, "a b,a b\n1,2\n2,1\n"))["next"].endswith("'#1'")
    with pytest.raises(DataError, match="first line looks like data"):
        describe_columns(write(tmp_path, "1,2\n3,4\n"))
