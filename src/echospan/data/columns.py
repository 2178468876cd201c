"""All columns of a CSV file at a glance, to choose one of."""

from __future__ import annotations

import os
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from echospan.data.bins import DEFAULT_BINS
from echospan.data.csv_blocks import CsvBlocks
from echospan.data.csv_column import Column
from echospan.data.encoding import MISSING
from echospan.data.kinds import decide, is_number, show
from echospan.errors import DataError
from echospan.given import open_given
from echospan.limits import sizes

MOST_COLUMNS = 100
"""Columns that are looked at; a wider file is a matrix, not a table."""

FIRST = 4
"""Values that are shown of each."""


@dataclass(frozen=True)
class ColumnFacts:
    """One column.

    Attributes:
        name: From the header.
        kind: ``integers``, ``real numbers``, ``categories``, ``mixed`` or ``blank``; a column of
            too many different values to be a series is an ``identifier``.
        distinct: How many different values it has; None for an identifier.
        missing: Blank cells.
        first: Its first values, as they stand there.
    """

    name: str
    kind: str
    distinct: int | None
    missing: int
    first: tuple[str, ...]


def describe_columns(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Describe every column of a CSV file.

    Returns:
        A dict for ``json.dumps``: ``path``, ``rows``, ``columns`` (a list of `ColumnFacts` as
        dicts), ``further`` (how many more columns there are) and ``next``, the command that
        describes the likeliest of them; None if every column holds one value only.

    Raises:
        DataError: The file cannot be read, has no rows, or begins with data instead of names.
    """
    location = Path(path)
    with open_given(location, "a CSV file", sizes.SERIES_FILE, once=True) as stream:
        blocks = CsvBlocks(stream, location)
        names = blocks.names[:MOST_COLUMNS]
        if all(is_number(name) for name in names):
            raise DataError(
                f"{location}: the first line looks like data ({show(', '.join(names))}). Put a "
                "line with the columns' names before it."
            )
        readers: list[Column | None] = [Column(index, location) for index in range(len(names))]
        for block in blocks:
            for index, reader in enumerate(readers):
                if reader is not None:
                    try:
                        reader.add(block)
                    except DataError:
                        # More different values than symbols can be.
                        readers[index] = None
    facts = [_facts(name, reader) for name, reader in zip(names, readers, strict=True)]
    rows = max((count for _, count in facts), default=0)
    if not rows:
        raise DataError(f"{location} has a header but no rows. Give at least two rows.")
    columns = [column for column, _ in facts]
    return {
        "path": str(location),
        "rows": rows,
        "columns": [asdict(column) for column in columns],
        "further": len(blocks.names) - len(names),
        "next": _next(location, columns, rows),
    }


def _facts(name: str, reader: Column | None) -> tuple[ColumnFacts, int]:
    if reader is None:
        return ColumnFacts(name, "identifier", None, 0, ()), 0
    distinct, drafts = reader.distinct, reader.drafts()
    missing = int(np.count_nonzero(drafts == MISSING))
    kind = "blank"
    if distinct:
        counts = np.bincount(drafts[drafts != MISSING], minlength=len(distinct))
        try:
            kind = decide(distinct, counts, "auto", subject=name, where=str, bins=DEFAULT_BINS)
        except DataError:
            kind = "mixed"
    shown = "real numbers" if kind == "bins" else kind
    first = tuple(distinct[draft] if draft != MISSING else "" for draft in drafts[:FIRST].tolist())
    return ColumnFacts(name, shown, len(distinct), missing, first), int(drafts.size)


def _next(path: Path, columns: list[ColumnFacts], rows: int) -> str | None:
    """The command for the column that a series most likely stands in."""

    def merit(column: ColumnFacts) -> tuple[bool, bool]:
        several = (column.distinct or 0) > 1 and column.kind != "mixed"
        # A column whose values hardly ever come again is a date or a number of the row.
        again = column.kind == "real numbers" or (column.distinct or rows) <= max(rows / 2, 2)
        return several, several and again

    place = max(range(len(columns)), key=lambda index: merit(columns[index]))
    if not merit(columns[place])[0]:
        return None
    name = columns[place].name
    unique = [column.name.strip() for column in columns].count(name.strip()) == 1
    typed = shlex.quote(name) if unique and name.strip() else f"'#{place + 1}'"
    return f"echospan data {shlex.quote(str(path))} --column {typed}"
