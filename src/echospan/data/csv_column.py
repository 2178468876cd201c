"""One column of a CSV file, gathered block by block."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from echospan.data.csv_blocks import Block
from echospan.data.encoding import MISSING
from echospan.data.vocabulary import MAX_SYMBOLS
from echospan.errors import DataError

_FIRST_LINES = 5


class Column:
    """Gathers a column block by block as drafts: numbers in the order of first appearance.

    Kinds and order are known only when the last row is, so the real symbols come later.

    Args:
        index: The column's place.
        path: What the file is called in an error.

    Attributes:
        first_lines: The line on which each distinct value first stands.
        gaps: Row and line of the first few missing values.
    """

    def __init__(self, index: int, path: Path) -> None:
        self.first_lines: list[int] = []
        self.gaps: list[tuple[int, int]] = []
        self._index, self._path = index, path
        self._numbers: dict[str, int] = {}
        self._parts: list[npt.NDArray[np.int32]] = []
        self._rows = 0
        self._trailing = 0

    @property
    def distinct(self) -> list[str]:
        """The distinct values, in the order of their first appearance."""
        return [text for text, number in self._numbers.items() if number != MISSING]

    def add(self, block: Block) -> None:
        """Add the cells of a block. Each is read as text, so that 001 stays 001."""
        index = self._index
        try:
            cells = [row[index] for row in block.rows]
            self._trailing = 0 if cells else self._trailing
        except IndexError:
            cells = [row[index] if row else "" for row in block.rows]
            self._count_trailing(block)
        drafts = list(map(self._numbers.get, cells))
        if None in drafts:
            self._number(cells, block)
            drafts = list(map(self._numbers.get, cells))
        part = np.array(drafts, dtype=np.int32)
        if len(self.gaps) < _FIRST_LINES:
            absent = np.flatnonzero(part == MISSING)[: _FIRST_LINES - len(self.gaps)]
            self.gaps += [(self._rows + int(row), block.lines[row]) for row in absent]
        self._parts.append(part)
        self._rows += part.size

    def drafts(self) -> npt.NDArray[np.int32]:
        """Return the drafts of the whole column, without the blank lines at its end."""
        parts, self._parts = self._parts, []
        joined = np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
        return joined[: joined.size - self._trailing]

    def _number(self, cells: list[str], block: Block) -> None:
        """Give numbers to values that were not seen before."""
        for row, text in enumerate(cells):
            if text in self._numbers:
                continue
            if not text.strip():
                self._numbers[text] = MISSING
                continue
            self._numbers[text] = len(self.first_lines)
            self.first_lines.append(block.lines[row])
            if len(self.first_lines) > MAX_SYMBOLS:
                raise DataError(
                    f"{self._path}, line {block.lines[row]}: more than {MAX_SYMBOLS:,} distinct "
                    "values. Choose a column of symbols; this one looks like a time or an "
                    "identifier."
                )

    def _count_trailing(self, block: Block) -> None:
        """Blank lines at the end of a column without a neighbour are no missing values."""
        rows = block.rows
        last = next((place for place, row in enumerate(reversed(rows)) if row), len(rows))
        self._trailing = last + (self._trailing if last == len(rows) else 0)
