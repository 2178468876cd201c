"""Rows of the reference table survive their file."""

from dataclasses import fields, replace

import pytest

from echospan.errors import DataError
from echospan.results.reference import COLUMNS, ReferenceRow, read_csv, to_csv, to_frame
from echospan.results.span_interval import SpanInterval

ROW = ReferenceRow(
    "gru", "echospan", "echo", 10, 1000, 990, 5, "measured", 5, 6, 4, 6, 0.9375, 12.25, 80.0,
    "limited-by-optimisation", 100_000, 60.5, "standard-1", "abc", True,
    "echospan 0.1.0, jax 0.10.2", "0123",
)  # fmt: skip
OPEN = replace(
    ROW, model="a, b", symbols=None, span=None, span_status="undecided", span_at_least=None,
    first_failed=None, span_low=None, span_high=None, span_confidence=None,
    bits_held=None, state_bytes=None,
    standard=False,
)  # fmt: skip


def test_a_table_is_read_as_it_was_written() -> None:
    assert read_csv(to_csv([ROW, OPEN])) == [ROW, OPEN]
    assert (ROW.interval, OPEN.interval) == (SpanInterval(4, 6, 0.9375), None)
    assert replace(ROW, span_high=None).interval == (4, None, 0.9375)


def test_each_field_has_a_column_in_its_place() -> None:
    assert {field.name for field in fields(ReferenceRow)} == set(COLUMNS)
    frame = to_frame([ROW, OPEN])
    assert frame["span"].to_list() == [5, None]


def test_a_damaged_table_is_refused() -> None:
    with pytest.raises(DataError, match="Line 2"):
        read_csv(to_csv([ROW]).replace("99", "9x"))
