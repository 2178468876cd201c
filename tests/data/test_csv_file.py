from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.vocabularies import vocabulary_of
from echospan.data import csv_blocks, csv_column
from echospan.data.csv_file import read_series
from echospan.data.vocabulary import Vocabulary
from echospan.errors import ConfigError, DataError


@pytest.fixture
def write(tmp_path):
    def written(content):
        path = tmp_path / "data.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def values(series):
    return series.vocabulary.decode(series.codes)


def test_integers(write):
    series = read_series(write("t,x\n0,30\n1,-4\n2,30\n3,7\n"), "x")
    assert series.vocabulary == Vocabulary("integers", (-4, 7, 30), (1, 1, 2))
    assert series.codes.dtype == np.int32
    assert series.codes.tolist() == [2, 0, 2, 1]
    assert not series.codes.flags.writeable
    assert (series.rows, series.missing_rows.count, series.column) == (4, 0, "x")


def test_leading_zeros_stay(write):
    series = read_series(write("x\n001\n002\n100\n001\n"), "x")
    assert values(series) == ["001", "002", "100", "001"]


def test_kinds_can_be_demanded(write):
    path = write("x\n1\n2\nx\n")
    assert values(read_series(path, "x", kind="categories")) == ["1", "2", "x"]
    with pytest.raises(DataError, match="2 values are whole numbers and 1 not"):
        read_series(path, "x", kind="integers")


def test_blanks_are_missing(write):
    series = read_series(write('t,x\n0,5\n1,\n2,6\n3,  \n4,""\n5,5\n'), "x")
    assert series.codes.tolist() == [0, -1, 1, -1, -1, 0]
    assert series.missing_rows.count == 3
    assert series.missing_rows.first_lines == (3, 5, 6)


def test_only_the_first_few_missing_lines_are_kept(write):
    series = read_series(write("t,x\n0,1\n1,2\n" + "2,\n" * 20), "x")
    assert series.missing_rows.count == 20
    assert series.missing_rows.first_lines == (4, 5, 6, 7, 8)


def test_blank_lines_of_a_single_column(write):
    series = read_series(write("x\n\n1\n\n2\n\n\n"), "x")
    assert series.codes.tolist() == [-1, 0, -1, 1]
    assert series.missing_rows.first_lines == (2, 4)


def test_a_quoted_blank_at_the_end_is_a_missing_value(write):
    assert read_series(write('x\n1\n2\n""\n\n'), "x").codes.tolist() == [0, 1, -1]


@pytest.mark.parametrize("block_bytes", [1, 4, 11])
def test_blank_lines_over_the_borders_of_blocks(write, monkeypatch, block_bytes):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", block_bytes)
    series = read_series(write("x\n\n1\n\n\n2\n\n\n\n"), "x")
    assert series.codes.tolist() == [-1, 0, -1, -1, 1]
    assert series.missing_rows.count == 3
    assert series.missing_rows.first_lines == (2, 4, 5)


@pytest.mark.parametrize(
    ("content", "column", "expected"),
    [
        ('t,x\n0,"a,b"\n1,"say ""hi"""\n2,"two\nlines"\n', "x", ["a,b", 'say "hi"', "two\nlines"]),
        ("t;x\r\n1,5;3\r\n2,5;4\r\n", "x", [3, 4]),
        ("t\tx\n0\t3\n1\t4", "x", [3, 4]),
        ("t|x\n0|3\n1|4\n", "x", [3, 4]),
        (b"\xef\xbb\xbfx,t\n3,0\n4,0\n", "x", [3, 4]),
        ("t, x\n0, 3\n1, 4\n", "x", [3, 4]),
        ("a,b\n1,x\n2,y\n", "#2", ["x", "y"]),
        ("#2,b\n1,x\n2,y\n", "#2", [1, 2]),
        ("2019,2020\n1,3\n2,4\n", "2020", [3, 4]),
        ("Straße,b\né,1\nü,1\n", "Straße", ["é", "ü"]),
        ("a,b\nnull,1\nNA,1\n# x,1\n", "a", ["null", "NA", "# x"]),
        ("a,a,b\n1,2,3\n4,5,6\n", "#2", [2, 5]),
    ],
)
def test_dialects_and_columns(write, content, column, expected):
    assert values(read_series(write(content), column)) == expected


def test_separator_can_be_given(write):
    assert values(read_series(write("a:b\n1:x\n2:y\n"), "b", separator=":")) == ["x", "y"]


def test_errors_are_one_line_and_name_the_file(write):
    path = write("t,x\n0,1\n1,2\n2,a\nb\n")
    with pytest.raises(DataError) as caught:
        read_series(path, "x", separator=",")
    assert str(caught.value).startswith(f"{path}, line 5: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "column", "message"),
    [
        ("", "x", "is empty"),
        ("t,x\n", "x", "has a header but no rows"),
        ("x\n\n\n", "x", "has a header but no rows"),
        ("t,level\n1,2\n", "levle", "no column 'levle'. Columns, nearest first: 'level', 't'"),
        ("34,12\n99,7\n", "x", "looks like data"),
        ("34\n12\n", "#1", "looks like data"),
        ("a,b\n1,2\n", "#3", "no column '#3'"),
        ("a,b\n1,2\n", "#0", "no column '#0'"),
        ("a,b,a\n1,2,3\n", "a", "2 columns are called 'a'. Give one as #1, #3"),
        ("t,x\n0,\n1, \n", "x", "column 'x': all 2 cells are blank"),
        ("t,x\n0,5\n1,5\n", "x", "every value is '5'. A series needs at least 2 symbols"),
        ("x\n1\n 1\n", "x", "every value is '1'"),
        ("t,x\n0,1\n1,2\n2,a\n", "x", "column 'x': 2 values are whole numbers and 1 not"),
        ("t,x\n0,1\n1,2\n2,a\n", "x", "first 'a' at line 4"),
        ("t,x\n0,1.5\n1,2.5\n", "x", "first '1.5' at line 2 .* bins"),
        ("t,x\n0,1\n1,NaN\n", "x", "'NaN' at line 3"),
        ("t,x\n0,1\n1\n", "x", "line 3: 1 cell "),
        (b"t,x\n0,1\n1,\xff\n", "x", "line 3: invalid UTF-8"),
        # The column that is wanted is sound, but rows can't be told apart any more.
        (b"t,x\n\xff,1\n1,2\n", "x", "line 2: invalid UTF-8"),
    ],
)
def test_bad_files(write, content, column, message):
    with pytest.raises(DataError, match=message):
        read_series(write(content), column)


def test_missing_values_can_be_refused(write):
    path = write("t,x\n0,1\n1,\n2,2\n" + "3,\n" * 6)
    with pytest.raises(DataError, match=r"7 cells are blank \(line 3, 5, 6, 7, 8, \.\.\.\).*mask"):
        read_series(path, "x", missing="refuse")
    whole = write("t,x\n0,1\n1,2\n")
    assert read_series(whole, "x", missing="refuse").codes.tolist() == [0, 1]


def test_paths(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_series(tmp_path / "none.csv", "x")
    with pytest.raises(DataError, match="is a directory"):
        read_series(tmp_path, "x")
    with pytest.raises(DataError, match="cannot be opened"):
        read_series("a\0b", "x")
    with pytest.raises(DataError, match="cannot be opened"):
        read_series(tmp_path / ("x" * 1000), "x")


@pytest.mark.parametrize(
    ("settings_", "field"),
    [
        ({"missing": "drop"}, "missing"),
        ({"kind": "floats"}, "kind"),
        ({"separator": ""}, "separator"),
        ({"separator": "::"}, "separator"),
        ({"separator": "\n"}, "separator"),
        ({"separator": '"'}, "separator"),
        ({"separator": "·"}, "separator"),
    ],
)
def test_bad_settings(write, settings_, field):
    with pytest.raises(ConfigError) as caught:
        read_series(write("x\n1\n2\n"), "x", **settings_)
    assert caught.value.field == field


def test_a_column_of_identifiers(write, monkeypatch):
    monkeypatch.setattr(csv_column, "MAX_SYMBOLS", 3)
    path = write("x\n" + "".join(f"{i}\n" for i in (5, 6, 7, 5, 8)))
    with pytest.raises(DataError, match="line 6: more than 3 distinct values"):
        read_series(path, "x")


class TestWithAVocabulary:
    known = vocabulary_of([3, 5, 8])

    def test_known_values(self, write):
        series = read_series(write("x\n8\n\n8\n"), "x", vocabulary=self.known)
        assert series.codes.tolist() == [2, -1, 2]
        assert series.vocabulary is self.known

    def test_unknown_values(self, write):
        with pytest.raises(DataError, match=r"line 3: '6' is not among the 3 known .* 5, 8, 3"):
            read_series(write("x\n8\n6\n"), "x", vocabulary=self.known)

    def test_the_kind_is_the_vocabularys(self, write):
        with pytest.raises(ConfigError, match="auto or integers"):
            read_series(write("x\n8\n"), "x", vocabulary=self.known, kind="categories")


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b ", "é", "", "x,y", 'q"', "7", "\n z"]), min_size=1),
    st.integers(1, 60),
)
def test_any_text_comes_back(tmp_path_factory, column, block_bytes):
    column = ["u", "v", *column, "w", "w", "w"]
    path = tmp_path_factory.getbasetemp() / "any.csv"
    quoted = ['"' + value.replace('"', '""') + '"' for value in column]
    path.write_bytes("".join(f"{i},{q}\n" for i, q in enumerate(["x", *quoted])).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_blocks, "BLOCK_BYTES", block_bytes)
        series = read_series(path, "x", separator=",", kind="categories")
    assert values(series) == [value or None for value in column]


def test_several_blocks_of_the_real_size(write):
    rng = np.random.default_rng(0)
    expected = rng.integers(0, 1000, 50_000)
    path = write("t,x\n" + "".join(f"{i},{n}\n" for i, n in enumerate(expected.tolist())))
    assert path.stat().st_size > 10 * csv_blocks.BLOCK_BYTES
    series = read_series(path, "x")
    np.testing.assert_array_equal(series.codes, expected)
    np.testing.assert_array_equal(series.vocabulary.counts, np.bincount(expected))


def test_heavy_libraries_wait_until_a_file_is_read():
    code = (
        "import sys, echospan.data as d; print([m for m in ('polars','jax','keras') "
        "if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
