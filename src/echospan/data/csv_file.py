"""One column of a CSV file as a series of symbols."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from echospan.data.bins import cut
from echospan.data.csv_blocks import CsvBlocks
from echospan.data.csv_column import Column
from echospan.data.encoding import MISSING
from echospan.data.kinds import KindChoice, check_choice, decide, is_number, show
from echospan.data.vocabulary import Vocabulary
from echospan.errors import ConfigError, DataError
from echospan.given import open_given
from echospan.limits import sizes

MissingChoice: TypeAlias = Literal["mask", "refuse"]

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
        separator: What separates the cells of the file.
        index: The column's place, from 0.
        header: The names of all columns.
    """

    codes: npt.NDArray[np.int32]
    vocabulary: Vocabulary
    rows: int
    missing_rows: MissingRows
    path: Path
    column: str
    separator: str = ","
    index: int = 0
    header: tuple[str, ...] = ()


def read_series(
    path: str | os.PathLike[str],
    column: str,
    *,
    missing: MissingChoice = "mask",
    kind: KindChoice = "auto",
    separator: str | None = None,
    vocabulary: Vocabulary | None = None,
    bins: int | None = None,
    integers_too: bool = False,
    train_share: float = 1.0,
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
        bins: Sort real numbers into at most so many bins, with about as many values each; None
            refuses them.
        integers_too: Sort whole numbers into bins as well.
        train_share: Share of the rows, from the first on, that the bins' edges are made from.

    Raises:
        ConfigError: ``missing``, ``kind`` or ``separator`` isn't one of those above.
        DataError: The file or its column cannot be used; the error says where and why. Nothing
            is returned in part.
    """
    _check_settings(missing, kind, separator)
    if vocabulary is not None and kind not in ("auto", vocabulary.kind):
        raise ConfigError("kind", f"auto or {vocabulary.kind}, as the vocabulary given", kind)
    location = Path(path)
    with open_given(location, "a CSV file", sizes.SERIES_FILE, once=True) as stream:
        blocks = CsvBlocks(stream, location, separator)
        index = find_column(blocks.names, column, location)
        reader = Column(index, location)
        for block in blocks:
            reader.add(block)
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
    ask = _Bins(bins, integers_too, round(drafts.size * train_share), blocks.separator)
    vocabulary, symbols = _number(reader, drafts, kind, subject, vocabulary, ask)
    # NaN in a column of real numbers is missing, too.
    if vocabulary.kind == "bins":
        gone = np.append(symbols, np.int32(MISSING))[drafts] == MISSING
        gaps = MissingRows(int(gone.sum()), gaps.first_lines)
    # A draft of -1 picks the last entry of the table, which is -1 again.
    codes = np.append(symbols, np.int32(MISSING))[drafts]
    codes.flags.writeable = False
    return Series(
        codes=codes,
        vocabulary=vocabulary,
        rows=int(codes.size),
        missing_rows=gaps,
        path=location,
        column=name,
        separator=blocks.separator,
        index=index,
        header=tuple(blocks.names),
    )


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


def _number(
    reader: Column,
    drafts: npt.NDArray[np.int32],
    kind: KindChoice,
    subject: str,
    given: Vocabulary | None,
    ask: _Bins,
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
    decided = decide(
        distinct,
        counts,
        kind,
        subject=subject,
        where=lambda i: f"line {lines[i]}",
        bins=ask.bins,
    )
    if decided == "bins" or (decided == "integers" and ask.integers_too):
        return _binned(distinct, lines, drafts, subject, ask)
    if ask.integers_too:
        raise ConfigError(
            "bins", "left out for a column of categories, which are no numbers", ask.bins
        )
    vocabulary, numbered = Vocabulary.number(decided, distinct, counts)
    if len(vocabulary) < 2:
        raise DataError(
            f"{subject}: every value is {show(str(vocabulary.values[0]))}. "
            "A series needs at least 2 symbols; choose another column."
        )
    return vocabulary, numbered


@dataclass(frozen=True)
class _Bins:
    """How numbers are sorted into bins, if they are.

    Attributes:
        bins: At most so many; None for none.
        integers_too: Also whole numbers.
        train: Rows that the edges are made from.
        separator: Of the file.
    """

    bins: int | None
    integers_too: bool
    train: int
    separator: str


def _binned(
    distinct: Sequence[str],
    lines: Sequence[int],
    drafts: npt.NDArray[np.int32],
    subject: str,
    ask: _Bins,
) -> tuple[Vocabulary, npt.NDArray[np.int32]]:
    assert ask.bins is not None
    for text, line in zip(distinct, lines, strict=True):
        if "," in text and ask.separator == ",":
            raise DataError(
                f"{subject}, line {line}: {show(text)} has a comma where commas separate the "
                "cells. Write numbers with a point and without separators of thousands."
            )
    edges, symbols = cut(distinct, drafts, ask.bins, ask.train, subject)
    codes = np.append(symbols, np.int32(MISSING))[drafts]
    return Vocabulary.of_bins(edges, codes), symbols


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
