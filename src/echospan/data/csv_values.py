"""Several columns of a CSV file as numbers where they are, else as text.

Numbers are kept as such block by block, so that ten million rows fit in memory; the text of a
column is kept as its distinct values and the place of each row among them.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from echospan.data.bins import number
from echospan.data.csv_blocks import CsvBlocks
from echospan.data.csv_file import find_column
from echospan.data.kinds import is_integer, show
from echospan.errors import DataError
from echospan.given import open_given
from echospan.limits import sizes

MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "#n/a"))
"""How a missing number is written, in lower case."""

_DISTINCT = 1_000
"""Distinct texts up to which it is found out whether all numbers are whole."""


@dataclass(frozen=True)
class Values:
    """A column.

    Attributes:
        name: From the header.
        numbers: Its numbers (time,), NaN where missing; None if it holds text.
        whole: Whether all of them are written as whole numbers, and few differ.
        codes: Of a column of text: the place of each row among `labels`, -1 where blank (time,).
        labels: The distinct texts.
    """

    name: str
    numbers: npt.NDArray[np.float64] | None
    whole: bool = False
    codes: npt.NDArray[np.int32] | None = None
    labels: tuple[str, ...] = ()

    def texts(self) -> npt.NDArray[np.object_]:
        """Each row as text, None where blank (time,); of a column of text."""
        assert self.codes is not None
        return np.array([*self.labels, None], dtype=object)[self.codes]


def read_values(
    path: str | os.PathLike[str],
    columns: Sequence[str],
    *,
    numeric: Collection[str] = (),
    text: Collection[str] = (),
) -> list[Values]:
    """Read columns of a CSV file.

    Args:
        path: The file.
        columns: Names, or numbers from 1 written as ``#2``.
        numeric: Those of them that must be numbers.
        text: Those of them that are taken as they stand there.

    Raises:
        DataError: The file or a column cannot be used; a column mixes numbers and text.
    """
    place = Path(path)
    with open_given(place, "a CSV file", sizes.SERIES_FILE, once=True) as stream:
        blocks = CsvBlocks(stream, place)
        readers = []
        for column in columns:
            index = find_column(blocks.names, column, place)
            subject = f"{place}, column {show(blocks.names[index])}"
            readers.append(
                _Reader(index, subject, blocks.separator, column in numeric, column in text)
            )
        for block in blocks:
            if not block.rows:
                continue
            for reader in readers:
                reader.add(block.rows, block.lines)
        names = blocks.names
    found = [reader.values(names[reader.index]) for reader in readers]
    if not found or not len(_first(found[0])):
        raise DataError(f"{place} has a header but no rows. Give at least two rows.")
    return found


def column_names(path: str | os.PathLike[str]) -> list[str]:
    """The names of the columns of a CSV file."""
    with open_given(Path(path), "a CSV file", sizes.SERIES_FILE) as stream:
        return CsvBlocks(stream, Path(path)).names


def column_kinds(path: str | os.PathLike[str]) -> dict[str, str]:
    """``numbers``, ``text`` or ``blank`` by column of a CSV file, by its first rows alone."""
    with open_given(Path(path), "a CSV file", sizes.SERIES_FILE) as stream:
        blocks = CsvBlocks(stream, Path(path))
        rows = next((block.rows for block in blocks if block.rows), [])
        found = {}
        for index, name in enumerate(blocks.names):
            cells = [
                row[index] for row in rows if row and row[index].strip().lower() not in MISSING
            ]
            numbers = all(_is_number(cell, blocks.separator) for cell in cells)
            found[name] = "blank" if not cells else "numbers" if numbers else "text"
        return found


def _first(values: Values) -> npt.NDArray[np.generic]:
    found = values.numbers if values.numbers is not None else values.codes
    assert found is not None
    return found


class _Reader:
    """Gathers one column block by block."""

    def __init__(self, index: int, subject: str, separator: str, numeric: bool, text: bool) -> None:
        self.index, self._subject, self._separator = index, subject, separator
        self._numeric, self._text = numeric, text
        self._parts: list[npt.NDArray[np.generic]] = []
        self._distinct: set[str] = set()
        self._codes: dict[str, int] = {}
        self._any = False

    def add(self, rows: list[list[str]], lines: Sequence[int]) -> None:
        index = self.index
        cells = [row[index] if row else "" for row in rows]
        if not self._text:
            part, bad = self._as_numbers(cells)
            if bad is None:
                self._parts.append(part)
                return
            if self._numeric or self._any:
                raise DataError(
                    f"{self._subject}, line {lines[bad]}: {show(cells[bad])} is no number"
                    + (
                        ", and the rows before are. Fix the row, or take every value as a symbol "
                        "with --kind symbols (kind='symbols')."
                        if not self._numeric
                        else ". A blank cell marks a missing value."
                    )
                )
            self._text = True
            # All rows before were blank.
            self._parts = [np.full(len(part), -1, np.int32) for part in self._parts]
            if any(_is_number(cell, self._separator) for cell in cells):
                raise DataError(
                    f"{self._subject}, line {lines[bad]}: {show(cells[bad])} is no number, and "
                    "other rows are. Fix the row, or take every value as a symbol with "
                    "--kind symbols (kind='symbols')."
                )
            self._strict = True
        codes = self._codes
        found = np.empty(len(cells), np.int32)
        for place, cell in enumerate(cells):
            if not cell.strip():
                found[place] = -1
                continue
            code = codes.get(cell)
            if code is None:
                if getattr(self, "_strict", False) and _is_number(cell, self._separator):
                    raise DataError(
                        f"{self._subject}, line {lines[place]}: {show(cell)} is a number, and the "
                        "rows before are text. Fix the row, or take every value as a symbol with "
                        "--kind symbols (kind='symbols')."
                    )
                code = codes[cell] = len(codes)
                if code > sizes.TYPED_VALUES:
                    raise DataError(
                        f"{self._subject}: more than {sizes.TYPED_VALUES:,} different texts. "
                        "Choose another column."
                    )
            found[place] = code
        self._parts.append(found)

    def values(self, name: str) -> Values:
        if self._text:
            parts, self._parts = self._parts, []
            codes = np.concatenate(parts) if parts else np.empty(0, np.int32)
            return Values(name, None, codes=codes.astype(np.int32), labels=tuple(self._codes))
        # A column is in memory twice only while its parts are joined.
        parts, self._parts = self._parts, []
        numbers = np.concatenate(parts) if parts else np.empty(0)
        few = len(self._distinct) <= _DISTINCT
        whole = few and all(
            is_integer(cell) or cell.strip().lower() in MISSING for cell in self._distinct
        )
        return Values(name, numbers.astype(np.float64, copy=False), whole)

    def _as_numbers(self, cells: list[str]) -> tuple[npt.NDArray[np.float64], int | None]:
        """The numbers, and the place of the first cell that is none."""
        if len(self._distinct) <= _DISTINCT:
            self._distinct.update(cells)
        try:
            # The fast way; Python also takes 1_000, which no file means as a number.
            part = np.array(list(map(float, cells)))
            self._any = True
            return part, None
        except ValueError:
            pass
        part = np.empty(len(cells))
        for place, cell in enumerate(cells):
            if cell.strip().lower() in MISSING:
                part[place] = np.nan
                continue
            if not _is_number(cell, self._separator):
                return part, place
            part[place] = number(cell)
            self._any = True
        return part, None


def _is_number(cell: str, separator: str) -> bool:
    if not cell.strip() or ("," in cell and separator == ","):
        return False
    try:
        number(cell)
    except ValueError:
        return False
    return True
