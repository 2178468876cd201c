"""What a user gave, as a `Table`: arrays, lists of arrays, frames of pandas and polars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from echospan.errors import ConfigError, DataError, EchospanError, unknown
from echospan.lookback.series import starts_of
from echospan.lookback.table import Kind, Table, coded, kind_of, plain_column
from echospan.lookback.times import heeding_time, in_groups, seconds_of

WANTED = (
    "an array (time,) or (time, columns), a list of arrays, a frame of polars or pandas, or the "
    "path of a file"
)
MOST_SERIES = 1_000_000


@dataclass(frozen=True)
class Given:
    """Columns of one length by name.

    Attributes:
        name: What errors and the report call the data.
        columns: Each (time,).
        lengths: Of the series that stand one after the other.
        named: Whether the columns have names of their own.
        whole: Columns of floats that are written as whole numbers.
    """

    name: str
    columns: Mapping[str, np.ndarray]
    lengths: Sequence[int]
    named: bool
    whole: frozenset[str] = field(default_factory=frozenset)


def given_of(series: Any) -> Given:
    """The columns of arrays or frames.

    Raises:
        ConfigError: It is none of what can be read.
        DataError: Lengths or columns do not fit each other.
    """
    try:
        return _given_of(series)
    except EchospanError:
        raise
    except Exception:
        # Objects may raise whatever they like when they are read.
        raise ConfigError("series", WANTED, series) from None


def _given_of(series: Any) -> Given:
    module = type(series).__module__.partition(".")[0]
    if module in ("polars", "pandas"):
        return _framed(series)
    if isinstance(series, Mapping):
        raise ConfigError("series", WANTED, series)
    if isinstance(series, list | tuple) and series and not _scalar(series[0]):
        return _listed(series)
    return _arrayed(series)


def _scalar(one: Any) -> bool:
    return one is None or isinstance(one, str | bytes) or np.ndim(one) == 0


def _framed(series: Any) -> Given:
    if hasattr(series, "collect") and not hasattr(series, "height"):
        series = series.collect()
    if not hasattr(series, "columns"):
        name = str(series.name) if getattr(series, "name", None) else "series"
        return Given(name, {name: _column_of(series)}, [len(series)], named=True)
    names = [str(name) for name in series.columns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"series has several columns called {twice!r}.")
    columns = {
        name: _column_of(series[own]) for name, own in zip(names, series.columns, strict=True)
    }
    return Given("series", columns, [len(series)], named=True)


def _column_of(series: Any) -> np.ndarray:
    """A column of a frame; numbers with missing ones are floats."""
    kind = str(series.dtype)
    if kind.startswith(("Int", "UInt", "Float", "boolean")) and hasattr(series, "isna"):
        # pandas' own types, whose missing value is no float.
        if series.isna().any():
            return np.asarray(series.to_numpy(dtype="float64", na_value=np.nan))
        return np.asarray(series.to_numpy(dtype=kind.lower().replace("boolean", "bool")))
    found = np.asarray(series.to_numpy())
    if kind.startswith(("Categorical", "Enum", "category", "str", "String")):
        return found.astype(object)
    return found


def _listed(series: Sequence[Any]) -> Given:
    if len(series) > MOST_SERIES:
        raise ConfigError("series", f"at most {MOST_SERIES:,} series", len(series))
    parts = [_array(one, f"series[{place}]") for place, one in enumerate(series)]
    shapes = {part.shape[1] for part in parts}
    if len(shapes) > 1:
        found = ", ".join(map(str, sorted(shapes)))
        raise DataError(f"All series must have as many columns; they have {found}.")
    lengths = [len(part) for part in parts if len(part)]
    joined = np.concatenate([part for part in parts if len(part)] or [np.empty((0, 1))])
    return _columns_of(joined, lengths)


def _arrayed(series: Any) -> Given:
    if np.ndim(series) == 3:
        return _listed(list(np.asarray(series)))
    array = _array(series, "series")
    return _columns_of(array, [len(array)])


def _columns_of(array: np.ndarray, lengths: Sequence[int]) -> Given:
    names = ["series"] if array.shape[1] == 1 else [str(n) for n in range(array.shape[1])]
    columns = {name: array[:, place] for place, name in enumerate(names)}
    return Given("series", columns, lengths, named=False)


def _array(series: Any, name: str) -> np.ndarray:
    """An array (time, columns).

    Raises:
        ConfigError: It is none.
    """
    try:
        if isinstance(series, list | tuple) and any(isinstance(one, str) for one in series):
            array = np.array(series, dtype=object)
        else:
            array = np.asarray(series)
    except (ValueError, TypeError):
        raise ConfigError(name, WANTED, series) from None
    if (
        array.ndim not in (1, 2)
        or array.dtype.kind in "cV"
        or (array.ndim == 2 and not array.shape[1])
    ):
        raise ConfigError(name, WANTED, series)
    return array[:, None] if array.ndim == 1 else array


def table_of(
    given: Given,
    *,
    target: int | str,
    inputs: Sequence[int | str] | None,
    kind: Kind | None,
    time: Any = None,
    by: Any = None,
) -> tuple[Table, Kind]:
    """Choose the target and its inputs, and put the rows of each series together.

    Args:
        given: The columns.
        target: Name or place of the column that is predicted.
        inputs: Names or places of further columns that are used; None for all that are numbers.
        kind: What the target is; None to decide.
        time: The time of each row: a column's name, or an array (time,).
        by: The series of each row: a column's name, or an array (time,).

    Returns:
        The table, and what the target is.

    Raises:
        ConfigError: A column is not there.
        DataError: The values can't be used.
    """
    when, when_name = _beside(given, time, "time")
    group, group_name = _beside(given, by, "by")
    place = _place(given, target, "target")
    others = _inputs(given, inputs, [place, when_name, group_name], kind)
    first_column = plain_column(given.columns[place], place, kind)
    if place in given.whole and kind is None and not np.isnan(first_column).any():
        first_column = first_column.astype(np.int64)
    if inputs is None and others and first_column.dtype.kind == "O":
        others = []
    decided = kind_of(first_column, kind, not others, place)
    order, first = None, starts_of(given.lengths)
    if group is not None:
        order, first = in_groups(group)
    clock = _clock(first)
    names = (place, *others)
    if decided == "symbols":
        codes, labels = coded(first_column, names[0])
        table = Table(names[:1], (), first, clock, _ordered(codes, order), labels)
    else:
        columns = [first_column] + [plain_column(given.columns[one], one, None) for one in others]
        for name, column in zip(names, columns, strict=True):
            if column.dtype.kind == "O":
                raise DataError(f"{name} holds text, and numbers are needed.")
        table = Table(
            names, tuple(_ordered(_floats(column), order) for column in columns), first, clock
        )
    if when is not None:
        name = when_name or "time"
        table = heeding_time(table, _ordered(seconds_of(when, name), order), name)
    return _told(table, given, decided), decided


def _clock(first: np.ndarray) -> np.ndarray:
    """The step of each value, where no time is given.

    Series of one length are taken to have been measured at once, others one after the other.
    """
    time = np.arange(len(first), dtype=np.float64)
    lengths = np.unique(first, return_counts=True)[1]
    return time - first if len(set(lengths.tolist())) == 1 else time


def _told(table: Table, given: Given, kind: Kind) -> Table:
    series = len(np.unique(table.first))
    if series == 1 or any("gaps" in note for note in table.notes):
        return table
    return replace(table, notes=(f"{series:,} series were taken together.", *table.notes))


def _ordered(column: np.ndarray, order: np.ndarray | None) -> np.ndarray:
    return column if order is None else column[order]


def _floats(column: np.ndarray) -> np.ndarray:
    return column.astype(np.float64, copy=False)


def _place(given: Given, column: int | str, field: str) -> str:
    """The name of a column that is given by its name or place."""
    names = list(given.columns)
    if isinstance(column, str):
        if column not in given.columns:
            raise unknown(field, names, column)
        return column
    if not 0 <= column < len(names):
        raise ConfigError(field, f"a column from 0 to {len(names) - 1}", column)
    return names[column]


def _inputs(
    given: Given, inputs: Sequence[int | str] | None, used: list[str | None], kind: Kind | None
) -> list[str]:
    if inputs is not None:
        found = [_place(given, one, "columns") for one in inputs]
        return [one for one in dict.fromkeys(found) if one not in used]
    if kind == "symbols":
        return []
    # Of a frame, what is no number is left out: a date, a name.
    return [
        name
        for name, column in given.columns.items()
        if name not in used and (not given.named or column.dtype.kind in "biuf")
    ]


def _beside(given: Given, column: Any, field: str) -> tuple[np.ndarray | None, str | None]:
    """A column beside the values: by its name, or as an array."""
    if column is None:
        return None, None
    if isinstance(column, str):
        return given.columns[_place(given, column, field)], column
    length = sum(given.lengths)
    try:
        array = np.asarray(column)
    except Exception:
        array = np.empty(0)
    if array.ndim != 1 or len(array) != length:
        raise ConfigError(
            field, f"the name of a column or an array of one axis and {length:,} values", column
        )
    return array, None
