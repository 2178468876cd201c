"""One column of a CSV file as a series of symbols."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from echospan.data.csv_blocks import Block, CsvBlocks
from echospan.data.encoding import MISSING
from echospan.data.kinds import KindChoice, check_choice, decide, is_number, show
from echospan.data.vocabulary import MAX_SYMBOLS, Vocabulary
from echospan.errors import ConfigError, DataError

MissingChoice: TypeAlias = Literal["mask", "refuse"]

_FIRST_LINES = 5
_NAMES_SHOWN = 20


@dataclass(frozen=True)
class MissingRows:
    """The blank cells of a column.

    Attributes:
        count: How many there are.
        first_lines: The line numbers of the first few, counted from 1 at the header.
    """

    count: int
    first_lines: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Series:
    """A column of a CSV file as symbols.

    Attributes:
        codes: int32 array of shape (time,), read-only: symbols 0..K-1, -1 where missing.
        vocabulary: The values that the symbols stand for.
        rows: Number of rows, missing ones included.
        missing_rows: The blank cells.
        path: The file.
        column: The column's name.
    """

    codes: npt.NDArray[np.int32]
    vocabulary: Vocabulary
    rows: int
    missing_rows: MissingRows
    path: Path
    column: str


def read_series(
    path: str | os.PathLike[str],
    column: str,
    *,
    missing: MissingChoice = "mask",
    kind: KindChoice = "auto",
    separator: str | None = None,
    vocabulary: Vocabulary | None = None,
) -> Series:
    """Read one column of a CSV file.

    The file is UTF-8 with a header line. It is read in blocks, so memory grows with the rows by
    four bytes each (eight while the blocks are joined). A blank cell, or one with only spaces, is
    a missing value. In a file of one column a blank line is a missing value too, save at the end
    of the file.

    Args:
        path: The file.
        column: The column's name, or its number from 1 written as ``#2``.
        missing: ``mask`` gives missing values the symbol -1; ``refuse`` raises.
        kind: ``integers``, ``categories``, or ``auto`` to decide from the values, see
            :func:`echospan.data.kinds.decide`.
        separator: One character; None to find it among ``, ; tab |`` from the first lines.
        vocabulary: Encode with these values instead of the column's own, as when a trained model
            is given new data. ``kind`` is then theirs, and one distinct value is enough.

    Raises:
        ConfigError: ``missing``, ``kind`` or ``separator`` isn't one of those above.
        DataError: The file or its column cannot be used; the error says where and why. Nothing
            is returned in part.
    """
    _check_settings(missing, kind, separator)
    if vocabulary is not None and kind not in ("auto", vocabulary.kind):
        raise ConfigError("kind", f"auto or {vocabulary.kind}, as the vocabulary given", kind)
    location = Path(path)
    try:
        stream = location.open("rb")
    except FileNotFoundError:
        raise DataError(f"{location} does not exist. Check the path.") from None
    except IsADirectoryError:
        raise DataError(f"{location} is a directory. Give a CSV file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{str(location)!r} cannot be opened: {reason}.") from error
    with stream:
        blocks = CsvBlocks(stream, location, separator)
        index = find_column(blocks.names, column, location)
        reader = _Collector()
        for block in blocks:
            reader.add(_cells(block, index, blocks.separator, location), block, location)
    name = blocks.names[index]
    subject = f"{location}, column {show(name)}"
    drafts = reader.drafts()
    if not drafts.size:
        raise DataError(f"{location} has a header but no rows. Give at least two rows.")
    gaps = MissingRows(
        int(np.count_nonzero(drafts == MISSING)),
        tuple(line for row, line in reader.gaps if row < drafts.size),
    )
    if gaps.count == drafts.size:
        raise DataError(f"{subject}: all {drafts.size} cells are blank. Choose another column.")
    if gaps.count and missing == "refuse":
        lines = ", ".join(map(str, gaps.first_lines))
        more = ", ..." if gaps.count > len(gaps.first_lines) else ""
        cells = "cell is" if gaps.count == 1 else "cells are"
        raise DataError(
            f"{subject}: {gaps.count} {cells} blank (line {lines}{more}). "
            "Fill them, or use --missing mask."
        )
    vocabulary, symbols = _number(reader, drafts, kind, subject, vocabulary)
    # A draft of -1 picks the last entry of the table, which is -1 again.
    codes = np.append(symbols, np.int32(MISSING))[drafts]
    codes.flags.writeable = False
    return Series(codes, vocabulary, int(codes.size), gaps, location, name)


def find_column(names: Sequence[str], column: str, path: str | Path) -> int:
    """Return the index of a column, given by its name or as ``#`` and its number from 1.

    An exact name comes first, so that a column that is really called ``#2`` can be had.

    Raises:
        DataError: There is no such column, or several; the error lists those there are.
    """
    for form in (str, str.strip):
        hits = [index for index, name in enumerate(names) if form(name) == form(column)]
        if len(hits) == 1:
            return hits[0]
        if hits:
            numbers = ", ".join(f"#{hit + 1}" for hit in hits)
            raise DataError(
                f"{path}: {len(hits)} columns are called {show(column)}. Give one as {numbers}."
            )
    headless = "The first line looks like data; put a line with the columns' names before it."
    number = re.fullmatch(r"#([1-9][0-9]{0,8})", column)
    if number is None or int(number[1]) > len(names):
        ranked = difflib.get_close_matches(column, names, n=len(names), cutoff=0.0)
        shown = ", ".join(show(name) for name in ranked[:_NAMES_SHOWN])
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        hint = f" {headless}" if all(map(is_number, names)) else ""
        raise DataError(
            f"{path}: there is no column {show(column)}. "
            f"Columns, nearest first: {shown}{more}.{hint}"
        )
    index = int(number[1]) - 1
    if is_number(names[index]):
        raise DataError(
            f"{path}: column {column} has the number {show(names[index])} in its header. "
            f"{headless} If it is the column's name, give the name instead of {column}."
        )
    return index


class _Collector:
    """Gathers a column block by block as drafts: numbers in the order of first appearance.

    Kinds and order are known only when the last row is, so the real symbols come later.
    """

    def __init__(self) -> None:
        self.first_lines: list[int] = []
        self.gaps: list[tuple[int, int]] = []
        self._numbers: dict[str, int] = {}
        self._parts: list[npt.NDArray[np.int32]] = []
        self._rows = 0
        self._trailing = 0

    @property
    def distinct(self) -> list[str]:
        """The distinct values, in the order of their first appearance."""
        return list(self._numbers)

    def add(self, cells: _Cells, block: Block, path: Path) -> None:
        """Add the cells of a block."""
        table = np.empty(len(cells.distinct), dtype=np.int32)
        for entry, text in enumerate(cells.distinct):
            if not text.strip():
                table[entry] = MISSING
                continue
            number = self._numbers.setdefault(text, len(self._numbers))
            table[entry] = number
            if number == len(self.first_lines):
                line = int(block.lines[cells.first_rows[entry]])
                self.first_lines.append(line)
                if number >= MAX_SYMBOLS:
                    raise DataError(
                        f"{path}, line {line}: more than {MAX_SYMBOLS:,} distinct values. "
                        "Choose a column of symbols; this one looks like a time or an identifier."
                    )
        drafts = table[cells.entries]
        absent = np.flatnonzero(drafts == MISSING)[: _FIRST_LINES - len(self.gaps)]
        self.gaps += [(self._rows + int(row), int(block.lines[row])) for row in absent]
        self._parts.append(drafts)
        self._rows += drafts.size
        if block.blank.all():
            self._trailing += block.blank.size
        else:
            self._trailing = int(np.argmin(block.blank[::-1]))

    def drafts(self) -> npt.NDArray[np.int32]:
        """Return the drafts of the whole column, without the blank lines at its end."""
        parts, self._parts = self._parts, []
        joined = np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
        return joined[: joined.size - self._trailing]


@dataclass(frozen=True, eq=False)
class _Cells:
    """A block's cells: ``distinct[entries[row]]``, and where each distinct one first stands."""

    distinct: list[str]
    entries: npt.NDArray[np.uint32]
    first_rows: npt.NDArray[np.int64] = field(repr=False)


def _cells(block: Block, index: int, separator: str, path: Path) -> _Cells:
    """Read one column of a block.

    Every cell is read as text, so that 001 stays 001.
    """
    import polars as pl  # here, so that the command line starts without it

    rows = block.lines.size
    if not rows:
        empty = np.empty(0, dtype=np.int64)
        return _Cells([], empty.astype(np.uint32), empty)
    try:
        frame = pl.read_csv(
            block.body,
            has_header=False,
            columns=[index],
            separator=separator,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"{path}, lines {block.lines[0]} to {block.lines[-1]}: cannot be read: "
            f"{str(error).splitlines()[0]}"
        ) from error
    cells = frame.to_series(0).fill_null("")
    if cells.len() != rows:
        raise DataError(
            f"{path}, lines {block.lines[0]} to {block.lines[-1]}: {rows} rows were counted and "
            f"{cells.len()} read. Look for quotation marks that don't belong."
        )
    firsts = cells.arg_unique().sort()
    distinct = cells.gather(firsts)
    entries = cells.replace_strict(
        distinct, pl.int_range(distinct.len(), dtype=pl.UInt32, eager=True)
    )
    return _Cells(distinct.to_list(), entries.to_numpy(), firsts.to_numpy().astype(np.int64))


def _number(
    reader: _Collector,
    drafts: npt.NDArray[np.int32],
    kind: KindChoice,
    subject: str,
    given: Vocabulary | None,
) -> tuple[Vocabulary, npt.NDArray[np.int32]]:
    """Return the vocabulary and the symbol of each draft, shape (distinct,)."""
    distinct, lines = reader.distinct, reader.first_lines
    if given is not None:
        symbols = [
            given.symbol(text, f"{subject}, line {line}")
            for text, line in zip(distinct, lines, strict=True)
        ]
        return given, np.array(symbols, dtype=np.int32)
    counts = np.bincount(drafts[drafts != MISSING], minlength=len(distinct))
    decided = decide(distinct, counts, kind, subject=subject, where=lambda i: f"line {lines[i]}")
    vocabulary, numbered = Vocabulary.number(decided, distinct, counts)
    if len(vocabulary) < 2:
        raise DataError(
            f"{subject}: every value is {show(str(vocabulary.values[0]))}. "
            "A series needs at least 2 symbols; choose another column."
        )
    return vocabulary, numbered


def _check_settings(missing: str, kind: str, separator: str | None) -> None:
    if missing not in get_args(MissingChoice):
        raise ConfigError("missing", "one of " + ", ".join(get_args(MissingChoice)), missing)
    check_choice(kind)
    if separator is not None and (
        len(separator) != 1 or not separator.isascii() or separator in '"\r\n\0'
    ):
        raise ConfigError(
            "separator",
            "one ASCII character, and no quotation mark or line end",
            separator,
            "Leave it out to have it found.",
        )
