"""One column of a CSV file, gathered block by block."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from echospan.data.csv_blocks import Block
from echospan.data.encoding import MISSING
from echospan.data.vocabulary import MAX_SYMBOLS
from echospan.errors import DataError

_FIRST_LINES = 5


@dataclass(frozen=True, eq=False)
class Cells:
    """A block's cells: ``distinct[entries[row]]``, and where each distinct one first stands."""

    distinct: list[str]
    entries: npt.NDArray[np.uint32]
    first_rows: npt.NDArray[np.int64] = field(repr=False)


def cells_of(block: Block, index: int, separator: str, path: Path) -> Cells:
    """Read one column of a block.

    Every cell is read as text, so that 001 stays 001.
    """
    import polars as pl  # here, so that the command line starts without it

    rows = block.lines.size
    if not rows:
        empty = np.empty(0, dtype=np.int64)
        return Cells([], empty.astype(np.uint32), empty)
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
    return Cells(distinct.to_list(), entries.to_numpy(), firsts.to_numpy().astype(np.int64))


class Column:
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

    def add(self, cells: Cells, block: Block, path: Path) -> None:
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
