from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.data import csv_blocks
from echospan.data.csv_blocks import CsvBlocks, sniff
from echospan.errors import DataError

# The characters that structure a CSV file, and one of two bytes.
cell = st.text(st.sampled_from('ab,;"\n é'), max_size=6)


def read(content, separator=None):
    blocks = CsvBlocks(io.BytesIO(content), "f.csv", separator)
    return blocks, list(blocks)


@st.composite
def tables(draw):
    width = draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=12))
    return [f"h{i}" for i in range(width)], rows


@settings(deadline=None)
@given(
    tables(),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.integers(1, 40),
)
def test_blocks_of_any_size_hold_what_the_standard_library_reads(
    table, separator, line_end, final_newline, block_bytes
):
    header, rows = table
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])
    text = out.getvalue()
    content = (text if final_newline else text.removesuffix(line_end)).encode()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    next(reader)
    line, lines, expected = reader.line_num + 1, [], []
    for row in reader:
        expected.append(row)
        lines.append(line)
        line = reader.line_num + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_blocks, "BLOCK_BYTES", block_bytes)
        blocks, found = read(content, separator)
    assert blocks.names == header
    assert [row for block in found for row in block.rows] == expected == rows
    assert [int(n) for block in found for n in block.lines] == lines


def test_blank_lines_are_left_out_where_rows_have_several_cells():
    blocks, (block,) = read(b"\n\r\na,b\n\n1,2\n\r\n3,4\n\n")
    assert blocks.names == ["a", "b"]
    assert block.rows == [["1", "2"], ["3", "4"]]
    assert list(block.lines) == [5, 7]


def test_blank_lines_count_where_rows_have_one_cell():
    _, (block,) = read(b'a\n1\n\n""\n')
    assert list(block.lines) == [2, 3, 4]
    assert block.rows == [["1"], [], [""]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n3\n", r"line 3: 1 cell where the header has 2 \(separator ',', found"),
        (b"a,b\n1,2,3\n", "line 2: 3 cells"),
        (b'a,b\n"1\n2",3\n4,5,6\n', "line 4: 3 cells"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "line 3: a quotation mark that opens in this row is never"),
        (b'a,b\n1,2\n5" pipe,6\n', r"line 3: a stray quotation mark"),
        (b'a,b\n1,2\n"5"6,7\n', "line 3: a stray"),
        (b'a,b\n1, "2"\n', "line 2: a stray"),
        (b"a,b\n1,2\n3,\xe9\n4,5\n", r"line 3: invalid UTF-8 \(byte 0xe9 at offset 10\)"),
        (b"\xef\xbb\xbfa,b\n1,\xe9\n", r"line 2: invalid UTF-8 \(byte 0xe9 at offset 9\)"),
        (b"a\xe9,b\n1,2\n", "line 1: invalid UTF-8"),
        (b"a,b\n1,2\n\xc3", "line 3: invalid UTF-8"),
        (b"a,b\n1,\x00\n", r"line 2: a zero byte \(offset 6\)"),
        (b"a\r1\r2\r", "lone carriage return"),
        (b"a,b\n1,2\n3\r,4\n", "line 3: a lone carriage return"),
        (b'"a,b\n1,2\n', "line 1: a quotation mark that opens"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n \n\r\n", "is empty"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest", "Excel"),
    ],
)
def test_bad_files(content, message):
    with pytest.raises(DataError, match=message):
        read(content)


@pytest.mark.parametrize("block_bytes", [1, 3, 7])
def test_errors_name_the_same_line_in_small_blocks(monkeypatch, block_bytes):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", block_bytes)
    with pytest.raises(DataError, match=r"line 4: invalid UTF-8 \(byte 0xe9 at offset 14\)"):
        read(b'a,b\n1,2\n"x\n",3\xe9\n')
    with pytest.raises(DataError, match="line 3: 1 cell "):
        read(b"a,b\n1,2\n3\n", ",")


def test_a_row_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 2**19)
    monkeypatch.setattr(csv_blocks, "MAX_ROW_BYTES", 2**20)
    with pytest.raises(DataError, match="line 2: the row that begins here is longer than 1 MiB"):
        read(b'a\n"' + b"x\n" * 2**20)


def test_a_line_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(csv_blocks, "MAX_ROW_BYTES", 2**20)
    with pytest.raises(DataError, match="line 3: the row that begins here is longer than 1 MiB"):
        read(b"a\n1\n" + b"x" * 2**22)


def test_a_long_text_in_another_column_is_no_hindrance():
    limit = csv.field_size_limit()
    _, (*_, block) = read(b'text,x\n"' + b"x\n" * limit + b'",3\n')
    assert block.rows[-1][1] == "3"
    assert csv.field_size_limit() == limit


def test_a_failing_disk_is_an_error_of_the_data():
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(DataError, match="cannot be read"):
        CsvBlocks(Broken(), "f.csv")


@pytest.mark.parametrize(
    ("head", "separator"),
    [
        (b"a,b\n1,2\n", ","),
        (b"a;b\n1,5;2,5\n", ";"),
        (b"a\tb\n1\t2\n", "\t"),
        (b"a|b|c\n1|2|3\n", "|"),
        (b"time, local;value\n10:00;3\n", ";"),
        (b'"a;b",c\n"1;2",3\n', ","),
        (b"a\n1\n2\n", ","),
        (b"", ","),
    ],
)
def test_sniff(head, separator):
    assert sniff(head) == separator
