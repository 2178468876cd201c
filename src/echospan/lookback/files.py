"""Files of data: columns of a CSV, Parquet or NumPy file, or a text as symbols."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from echospan.data.csv_values import Values, column_kinds, column_names, read_values
from echospan.errors import MOST_LISTED, ConfigError, DataError
from echospan.given import open_given
from echospan.limits import sizes
from echospan.loaders.arrays import load_arrays
from echospan.lookback.gather import WANTED, Given, given_of
from echospan.lookback.table import Kind

UNITS = ("char", "line", "word", "byte")
"""What is a symbol in a text file."""

LONGEST_PATH = 4_096
"""Characters of a path; what is longer is a text that was taken for one."""

TEXT_FILE = 256 * sizes.MIB
"""A text file that is read as symbols."""


def is_file(series: Any) -> bool:
    """Whether a path was given: a text, too, since a text of values is no series."""
    return isinstance(series, str | os.PathLike)


def given_file(
    path: str | os.PathLike[str],
    *,
    target: int | str,
    columns: Sequence[int | str] | None,
    time: Any,
    by: Any,
    unit: str,
    kind: Kind | None,
) -> Given:
    """The columns of a file that are used.

    Raises:
        ConfigError: A column must be named.
        DataError: The file can't be read.
    """
    try:
        place = Path(path)
    except Exception:
        raise ConfigError("series", WANTED, path) from None
    if len(str(place)) > LONGEST_PATH:
        raise ConfigError("series", WANTED, path)
    suffix = place.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return _of_csv(place, target, columns, time, by, kind)
    if suffix == ".parquet":
        return _of_parquet(place)
    if suffix in (".npy", ".npz"):
        return _of_arrays(place)
    return _of_text(place, unit)


def _of_csv(
    place: Path,
    target: int | str,
    columns: Sequence[int | str] | None,
    time: Any,
    by: Any,
    kind: Kind | None,
) -> Given:
    named = _column(target, place)
    others = [_column(one, place) for one in columns or ()]
    beside = [one for one in (time, by) if isinstance(one, str)]
    asked = list(dict.fromkeys([named, *others, *beside]))
    text = [named] if kind == "symbols" else []
    text += [by] if isinstance(by, str) else []
    numeric = others + ([named] if kind == "numbers" else [])
    found = read_values(place, asked, numeric=numeric, text=text)
    by_asked = dict(zip(asked, found, strict=True))
    whole = frozenset(name for name, values in by_asked.items() if values.whole)
    arrays = {name: _array(values) for name, values in by_asked.items()}
    length = len(next(iter(arrays.values())))
    return Given(place.name, arrays, [length], named=True, whole=whole)


def _column(column: int | str, place: Path) -> str:
    if isinstance(column, str):
        return column
    names = column_names(place)
    if len(names) == 1 and column == 0:
        return names[0]
    if column == 0:
        kinds = column_kinds(place)
        listed = ", ".join(f"{name} ({kinds[name]})" for name in names[:MOST_LISTED])
        if len(names) > MOST_LISTED:
            listed += f" and {len(names) - MOST_LISTED} more"
        hint = f"`echospan data {place.name}` describes them."
        raise ConfigError("target", f"given: a column of {place.name}, one of {listed}", None, hint)
    return f"#{column + 1}"


def _array(values: Values) -> np.ndarray:
    return values.numbers if values.numbers is not None else values.texts()


def _of_parquet(place: Path) -> Given:
    from echospan.extras import needs

    needs("A .parquet file", "polars")
    import polars

    with open_given(place, "a Parquet file", sizes.SERIES_FILE) as file:
        try:
            frame = polars.read_parquet(file)
        except Exception as error:
            said = " ".join(str(error).split())[:200]
            raise DataError(f"{place} cannot be read as a Parquet file: {said}.") from None
    given = given_of(frame)
    return Given(place.name, given.columns, given.lengths, named=True)


def _of_arrays(place: Path) -> Given:
    arrays = load_arrays(place)
    if len(arrays) > 1:
        raise DataError(
            f"{place} holds {len(arrays)} arrays ({', '.join(list(arrays)[:5])}); give a file "
            "with one, (time,) or (time, columns)."
        )
    given = given_of(next(iter(arrays.values())))
    return Given(place.name, given.columns, given.lengths, named=False)


def _of_text(place: Path, unit: str) -> Given:
    with open_given(place, "a text file", TEXT_FILE) as file:
        content = file.read()
    if unit == "byte":
        codes = np.frombuffer(content, np.uint8)
        return Given(place.name, {"bytes": codes.astype("U4").astype(object)}, [len(codes)], True)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{place} is no UTF-8 text (byte {error.start:,}). Read it with --unit byte "
            "(unit='byte'), or convert it."
        ) from None
    if unit == "char":
        pieces = np.array(list(text), dtype=object)
        name = "characters"
    else:
        pieces = np.array(text.split() if unit == "word" else text.splitlines(), dtype=object)
        name = f"{unit}s"
    if not len(pieces):
        raise DataError(f"{place} is empty.")
    return Given(place.name, {name: pieces}, [len(pieces)], named=True)
