"""Rows of the reference table survive their file; a sheet's interval is that of its seeds."""

from dataclasses import fields, replace

import pytest

from echospan.errors import DataError
from echospan.results.lag_row import SeedScore
from echospan.results.reference import COLUMNS, ReferenceRow, read_csv, to_csv, to_frame
from echospan.results.seed_spans import seed_spans
from report.sheets import row, sheet

ROW = ReferenceRow(
    "gru", "echospan", "echo", 10, 1000, 990, 5, "measured", 5, 6, 4, 6, 12.25, 80.0,
    "limited-by-optimisation", 100_000, 60.5, "standard-1", "abc", True,
    "echospan 0.1.0, jax 0.10.2", "0123",
)  # fmt: skip
OPEN = replace(
    ROW, model="a, b", symbols=None, span=None, span_status="undecided", span_at_least=None,
    first_failed=None, seed_span_low=None, seed_span_high=None, bits_held=None, state_bytes=None,
    standard=False,
)  # fmt: skip


def test_a_table_is_read_as_it_was_written() -> None:
    assert read_csv(to_csv([ROW, OPEN])) == [ROW, OPEN]
    assert (ROW.interval, OPEN.interval) == ((4, 6), None)


def test_each_field_has_a_column_in_its_place() -> None:
    assert {field.name for field in fields(ReferenceRow)} == set(COLUMNS)
    frame = to_frame([ROW, OPEN])
    assert frame["span"].to_list() == [5, None]


def test_a_damaged_table_is_refused() -> None:
    with pytest.raises(DataError, match="Line 2"):
        read_csv(to_csv([ROW]).replace("99", "9x"))


def seeds(*solved: bool) -> tuple[SeedScore, ...]:
    return tuple(
        SeedScore(number, 0.9, None, None, one, "stalled", 100) for number, one in enumerate(solved)
    )


def test_the_interval_of_a_sheet_is_the_range_of_its_seeds() -> None:
    rows = [
        replace(row(1, 0.9, "solved"), seeds=seeds(True, True, True)),
        replace(row(3, 0.9, "solved"), seeds=seeds(True, False, True)),
        # What a seed solves after its first failure does not count.
        replace(row(4, 0.9, "failed"), seeds=seeds(False, True, True)),
    ]
    assert seed_spans(sheet("a", *rows)) == (1, 4)
    assert seed_spans(sheet("none")) is None
