import random

import pytest

from echospan.results.sweep import SweepData, SweepRow, SweepRows

COLUMNS = {"accuracy": "Float64", "epochs": "Int64", "verdict": "String"}
FIELDS = ("training.epochs", "seed", "shape")

ROWS = (
    SweepRow({"training.epochs": 3, "seed": 0}, "finished", "aa", "run-1",
             {"accuracy": 0.5, "epochs": 3, "verdict": "ok"}, 1.5),
    SweepRow({"training.epochs": 3, "seed": True, "shape": [1, 2]}, "failed", "bb", "run-2",
             {}, None, "no room"),
    SweepRow({"seed": 1, "shape": {"a": 1}}, "finished", "cc", "run-é",
             {"accuracy": None, "epochs": None, "verdict": None}),
    SweepRow({"training.epochs": None, "seed": 1.0}, "missing", "dd"),
)  # fmt: skip


def data(rows, **given):
    return SweepData("it", "run", FIELDS, COLUMNS, "accuracy", len(rows), rows=rows, **given)


def test_rows_come_back_as_they_were():
    rows = SweepRows(FIELDS, COLUMNS, iter(ROWS))
    assert len(rows) == 4
    assert tuple(rows) == ROWS
    assert rows == ROWS
    assert rows[-1] == ROWS[-1]
    assert rows[1:3] == ROWS[1:3]
    assert [type(row.settings["seed"]) for row in rows] == [int, bool, int, float]
    with pytest.raises(IndexError):
        rows[4]


@pytest.mark.parametrize(
    "odd",
    [
        SweepRow({"other": 1}, "finished", "ee"),
        SweepRow({}, "finished", "ee", "", {"other": 1}),
        SweepRow({}, "finished", "ee", "", {"accuracy": "high", "epochs": 1 << 70}),
        SweepRow({}, "finished", "ee", "", {"epochs": 1.5, "accuracy": float("inf")}),
    ],
)
def test_what_fits_no_column_comes_back_too(odd):
    rows = SweepRows(FIELDS, COLUMNS, [*ROWS, odd])
    assert rows[4] == odd
    assert rows.frame() is None


def test_rows_are_asked_for_by_their_state_and_numbers():
    rows = SweepRows(FIELDS, COLUMNS, ROWS)
    assert rows.count_state("finished") == 2
    assert rows.count_state("running") == 0
    assert list(rows.in_state("failed")) == [ROWS[1]]
    assert [rows.has(name) for name in (*COLUMNS, "none")] == [True, True, True, False]
    assert not SweepRows(FIELDS, COLUMNS, ROWS[2:]).has("epochs")


def test_a_result_is_equal_whatever_its_rows_were_given_as():
    assert data(ROWS) == data(SweepRows(FIELDS, COLUMNS, ROWS))
    assert data(ROWS) != data(ROWS[::-1])
    assert data(()).rows == ()
    assert SweepData.from_dict(data(ROWS[:1]).to_dict()) == data(ROWS[:1])


def test_the_frame_of_columns_is_that_of_rows(monkeypatch):
    pytest.importorskip("polars")
    made = data(ROWS).to_frame()
    monkeypatch.setattr(SweepRows, "frame", lambda self: None)
    other = data(ROWS).to_frame()
    assert made.schema == other.schema
    assert made.equals(other)
    assert made["shape"].to_list() == [None, "[1, 2]", '{"a": 1}', None]


def test_a_row_takes_little_memory():
    import sys
    from itertools import chain

    draw = random.Random(0)
    made = (
        SweepRow({"seed": each % 100}, "finished", f"{each:016x}", f"run-{each:08x}",
                 {"accuracy": draw.random(), "epochs": 3, "verdict": "ok"}, draw.random())
        for each in range(5000)
    )  # fmt: skip
    rows = SweepRows(("seed",), COLUMNS, made)
    held = [rows._states, rows._errors, rows._seconds, rows._fingerprints, rows._runs]
    columns = chain(held, rows._settings.values(), rows._values.values())
    parts = [part for column in columns for part in vars(column).values()]
    assert sum(sys.getsizeof(part) for part in parts) < 200 * 5000
