"""Arrays, lists, frames and files as one form: kinds, gaps, missing values, samples."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from echospan.errors import ConfigError, DataError
from echospan.lookback.files import given_file
from echospan.lookback.gather import given_of, table_of
from echospan.lookback.series import MOST, observed

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=200)


def table(series, **settings):
    given = given_of(series)
    return table_of(given, **{"target": 0, "inputs": None, "kind": None, **settings})


def prepared(series, **settings):
    found, kind = table(series, **settings)
    return observed(found, kind, 0)


@pytest.mark.parametrize(
    ("series", "kind"),
    [
        (VALUES, "numbers"),
        (VALUES.tolist(), "numbers"),
        (np.arange(200) % 32, "symbols"),
        (np.arange(200) % 33, "numbers"),
        (VALUES > 0, "symbols"),
        (np.float32(VALUES > 0), "numbers"),
        (list("abc" * 70), "symbols"),
        (np.array(list("abc" * 70)), "symbols"),
        ([*"ab" * 100, None], "symbols"),
        ([1, 2, None] * 50, "numbers"),
        (np.stack([np.arange(200) % 3, np.arange(200) % 2], 1), "numbers"),
    ],
)
def test_the_kind_is_decided_by_what_the_values_are(series, kind):
    assert table(series)[1] == kind


def test_a_kind_can_be_demanded():
    assert table(np.arange(200) % 3, kind="numbers")[1] == "numbers"
    found, kind = table(["a", 1, 2.5] * 50, kind="symbols")
    assert (kind, len(found.labels)) == ("symbols", 3)
    with pytest.raises(DataError, match=r"mixes numbers and text, such as 'a'"):
        table(["a", 1, 2.5] * 50)
    with pytest.raises(DataError, match="holds text, and numbers are needed"):
        table(["a", "b"] * 50, kind="numbers")
    with pytest.raises(ConfigError, match="kind must be numbers if there are several columns"):
        table(np.ones((50, 2)), kind="symbols", inputs=[1])


@pytest.mark.parametrize(
    "series",
    [None, {"a": [1, 2]}, np.ones(50) + 1j, np.ones((5, 5, 5, 5)), np.ones((50, 0)), object(), 5],
)
def test_what_is_no_series_is_refused(series):
    with pytest.raises(ConfigError, match="must be an array"):
        table(series)


@pytest.mark.parametrize(
    ("series", "says"),
    [
        (np.ones(100), "constant: all 100 values are equal"),
        (np.zeros(100, int), "constant"),
        (["a"] * 100, "constant"),
        (VALUES[:39], "39 values that are not missing; at least 40"),
        (np.full(100, np.nan), "all 100 values are missing"),
        ([], "is empty"),
        ([None] * 60, "are missing"),
        (VALUES * 1e300, "too large"),
        (np.r_[[np.nan] * 190, VALUES[:10]], "10 values that are not missing"),
    ],
)
def test_what_cannot_be_analysed_is_one_line(series, says):
    with pytest.raises(DataError, match=says):
        prepared(series)


def test_columns_are_chosen_by_name_or_place():
    polars = pytest.importorskip("polars")
    day = np.arange(200)
    frame = polars.DataFrame({"day": day, "a": VALUES, "b": VALUES[::-1], "name": ["x"] * 200})
    assert table(frame, target="a")[0].names == ("a", "day", "b")
    assert table(frame, target="a", time="day")[0].names == ("a", "b")
    assert table(frame, target="a", inputs=["b"])[0].names == ("a", "b")
    assert table(frame, target=2, inputs=[])[0].names == ("b",)
    assert table(frame, target="name", inputs=[])[1] == "symbols"
    with pytest.raises(ConfigError, match="target must be one of day, a, b, name; got 'c'"):
        table(frame, target="c")
    with pytest.raises(ConfigError, match="columns must be a column from 0 to 3"):
        table(frame, target="a", inputs=[9])
    with pytest.raises(ConfigError, match="by must be the name of a column or an array"):
        table(frame, target="a", by=np.arange(3))


def test_pandas_and_polars_say_the_same():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    content = {"v": [1.5, None, 2.5] * 30, "n": [1, 2, 3] * 30}
    one = table(pandas.DataFrame(content), target="v")[0]
    other = table(polars.DataFrame(content), target="v")[0]
    for mine, its in zip(one.columns, other.columns, strict=True):
        np.testing.assert_array_equal(mine, its)
    assert table(pandas.Series([1, 2, None] * 30, dtype="Int64"))[1] == "numbers"
    assert table(pandas.Series([1, 2, 1] * 30, dtype="Int64"))[1] == "symbols"
    assert table(pandas.Series(list("aab") * 30, dtype="category"))[1] == "symbols"
    assert table(polars.Series("x", list("aab") * 30))[0].names == ("x",)


def test_several_series_stay_apart():
    found = prepared([VALUES[:60], VALUES[60:140], VALUES[140:]])
    assert np.unique(found.first).tolist() == [0, 60, 140]
    assert found.clock.tolist() == list(range(200))
    assert "3 series were taken together." in found.notes
    assert prepared(VALUES.reshape(4, 50, 1)).clock.tolist() == list(range(50)) * 4
    mixed = prepared(VALUES, by=np.tile([1, 0], 100), time=np.arange(200) // 2)
    assert np.unique(mixed.first).tolist() == [0, 100]
    assert mixed.values[:100, 0].tolist() == VALUES[::2].tolist()
    assert mixed.clock[:100].tolist() == mixed.clock[100:].tolist()


def test_missing_values_are_filled_with_the_last_one_and_never_predicted():
    values = VALUES.copy()
    values[[0, 50, 51]] = np.nan
    found = prepared(values)
    assert len(found.values) == 199
    assert found.values[[49, 50], 0].tolist() == [VALUES[49]] * 2
    assert np.flatnonzero(~found.known).tolist() == [49, 50]
    assert "1.5% of the values are missing" in found.notes[0]
    symbols = prepared([*"ab" * 50, None, *"ab" * 10])
    assert (symbols.symbols, int((~symbols.known).sum())) == (3, 1)


def test_nothing_is_filled_across_two_series():
    values = VALUES.copy()
    values[100] = np.nan
    found = prepared([values[:100], values[100:]])
    assert np.unique(found.first).tolist() == [0, 100]
    assert found.values[100, 0] == VALUES[101]


def test_gaps_in_time_are_cut_or_filled():
    day = np.arange(400)
    keep = (day < 200) | (day > 250)
    found = prepared(RNG.normal(size=400)[keep], time=day[keep])
    assert np.unique(found.first).tolist() == [0, 200]
    few = RNG.uniform(size=400) > 0.05
    found = prepared(RNG.normal(size=400)[few], time=day[few])
    assert (len(found.values), int(found.known.sum())) == (400, int(few.sum()))
    week = day[day % 7 < 5]
    found = prepared(RNG.normal(size=len(week)), time=week)
    assert len(found.values) == len(week)
    assert "longer than the usual one" in found.notes[0]
    dates = np.datetime64("2026-01-01") + day.astype("timedelta64[D]")
    assert not prepared(RNG.normal(size=400), time=dates).notes
    assert not prepared(RNG.normal(size=400), time=[str(one) for one in dates]).notes
    zone = [f"2026-01-01T00:{n // 60:02d}:{n % 60:02d}+01:00" for n in range(400)]
    assert not prepared(RNG.normal(size=400), time=zone).notes


@pytest.mark.parametrize(
    ("time", "says"),
    [
        (np.r_[np.arange(199), 5], "time is not sorted: row 200 is earlier"),
        (np.r_[np.arange(199), 198], "time is doubled: rows 199 and 200"),
        (np.r_[np.arange(199.0), np.nan], "1 times are missing"),
        (["yesterday"] * 200, "must hold numbers or dates"),
    ],
)
def test_times_that_cannot_be_are_refused(time, says):
    with pytest.raises(DataError, match=says):
        prepared(VALUES, time=time)


def test_a_long_series_is_sampled_in_stretches():
    found = prepared(np.arange(50_000.0))
    assert len(found.values) <= MOST["numbers"]
    assert found.total == 50_000
    steps = np.diff(found.values[:, 0])
    inside = np.diff(found.first) == 0
    assert (steps[inside] == 1).all()
    assert (steps[~inside] > 1).all()
    assert "Of 50,000 values, 10,000 were used: 10 contiguous stretches" in found.notes[-1]
    many = prepared([RNG.normal(size=50) for _ in range(1_000)])
    assert len(many.values) <= MOST["numbers"]
    assert set(np.bincount(many.first)[np.unique(many.first)]) == {50}


def test_a_run_of_equal_values_and_rare_symbols_are_told():
    assert "150 values in a row are equal" in prepared(np.r_[VALUES, np.zeros(150)]).notes[0]
    many = prepared([f"w{n}" for n in range(300)] * 2)
    assert many.symbols == 256
    assert many.values.max() == 255
    assert "The 45 rarest" in many.notes[0]


def of_file(path, **settings):
    asked = {"target": 0, "columns": (), "time": None, "by": None, "unit": "char", "kind": None}
    given = given_file(path, **{**asked, **settings})
    chosen = SimpleNamespace(**{**asked, **settings})
    return table_of(
        given, target=chosen.target, inputs=chosen.columns, kind=chosen.kind, time=chosen.time,
        by=chosen.by,
    )  # fmt: skip


def test_a_csv_file(tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"2026-01-01;{n % 2};{n % 5};{n},5;{'x' if n % 3 else 'y'}" for n in range(60)]
    path.write_text("day;shop;count;price;name\n" + "\n".join(rows), "utf-8")
    assert of_file(path, target="count")[1] == "symbols"
    assert of_file(path, target="price")[1] == "numbers"
    found, _ = of_file(path, target="price", columns=["count"], by="shop")
    assert found.columns[0][:3].tolist() == [0.5, 2.5, 4.5]
    assert found.names == ("price", "count")
    found, kind = of_file(path, target="#5")
    assert (kind, found.labels, found.codes[:4].tolist()) == ("symbols", ("x", "y"), [1, 0, 0, 1])
    found, kind = of_file(path, target="count", kind="symbols")
    assert (kind, len(found.labels)) == ("symbols", 5)


def test_missing_cells_of_a_csv_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("v\n" + "1.5\nNA\n\n2\nnan\n" * 20, "utf-8")
    (column,) = of_file(path)[0].columns
    assert np.isnan(column).sum() == 60


def test_text_files_by_unit(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one two one\ntwo\n" * 20, "utf-8")
    counts = {unit: of_file(path, unit=unit)[0] for unit in ("char", "word", "line", "byte")}
    assert {unit: len(found.codes) for unit, found in counts.items()} == {
        "char": 320, "word": 80, "line": 40, "byte": 320,
    }  # fmt: skip
    assert counts["word"].labels == ("one", "two")
    path.write_bytes(b"\xff\xfe\xfd" * 50)
    with pytest.raises(DataError, match="Read it with --unit byte"):
        of_file(path)
    assert len(of_file(path, unit="byte")[0].codes) == 150


def test_arrays_and_parquet(tmp_path):
    np.save(tmp_path / "a.npy", np.stack([VALUES, VALUES], 1))
    assert of_file(tmp_path / "a.npy", columns=None)[0].names == ("0", "1")
    np.savez(tmp_path / "b.npz", x=VALUES, y=VALUES)
    with pytest.raises(DataError, match="holds 2 arrays"):
        of_file(tmp_path / "b.npz")
    polars = pytest.importorskip("polars")
    polars.DataFrame({"v": VALUES}).write_parquet(tmp_path / "c.parquet")
    assert of_file(tmp_path / "c.parquet")[0].columns[0].tolist() == VALUES.tolist()
    (tmp_path / "c.parquet").write_bytes(b"PAR1 not")
    with pytest.raises(DataError, match="cannot be read as a Parquet file"):
        of_file(tmp_path / "c.parquet")
