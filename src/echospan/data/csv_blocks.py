"""A CSV file as a stream of blocks, each a number of complete and checked rows.

CSV readers forgive: a row with a cell too few becomes a missing value, a stray quotation mark
swallows the rows after it. In a series either would shift or invent a step, so the structure is
checked here, with line numbers, before any value is read. One block is in memory at a time.

The grammar is RFC 4180, with any separator, line ends ``\\n`` or ``\\r\\n``, and UTF-8.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from echospan.errors import DataError

Index = npt.NDArray[np.int64]

SEPARATORS = (",", ";", "\t", "|")
"""The separators that :func:`sniff` knows, the likeliest first."""

BLOCK_BYTES = 8 * 2**20
MAX_ROW_BYTES = 64 * 2**20

_BOM = b"\xef\xbb\xbf"
_QUOTE, _NEWLINE, _RETURN = 0x22, 0x0A, 0x0D
_NOT_TEXT = {
    b"PK\x03\x04": "a zip archive, such as an Excel workbook; export the sheet as CSV",
    b"\x1f\x8b": "gzip data; unpack it first",
    b"PAR1": "a Parquet file; export the column as CSV",
    b"\xff\xfe": "UTF-16 text; convert it, for example with iconv -f UTF-16 -t UTF-8",
    b"\xfe\xff": "UTF-16 text; convert it, for example with iconv -f UTF-16 -t UTF-8",
}


@dataclass(frozen=True, eq=False)
class Block:
    """Complete rows of a CSV file.

    Attributes:
        body: The rows' bytes, each row ended by a newline. Blank lines are left out where a row
            has several cells, and stand for a missing value where it has one.
        lines: The line on which each row begins, shape (rows,); the first line of a file is 1.
        blank: Whether a row is a blank line, shape (rows,).
    """

    body: bytes
    lines: Index
    blank: npt.NDArray[np.bool_]


class CsvBlocks:
    """The header of a CSV file, then its rows in blocks.

    Args:
        stream: The file, open for reading bytes, at its beginning.
        path: What the file is called in an error.
        separator: One character; None to find it from the first lines.

    Attributes:
        names: The cells of the header.
        separator: The separator in use.

    Raises:
        DataError: The file is empty, no text, or its header cannot be read.
    """

    def __init__(self, stream: BinaryIO, path: str | Path, separator: str | None = None) -> None:
        """Read the header."""
        self._stream = stream
        self._path = path
        self._line = 1
        self._buffer = self._read(BLOCK_BYTES)
        for magic, meaning in _NOT_TEXT.items():
            if self._buffer.startswith(magic):
                raise DataError(f"{path} must be UTF-8 text; it looks like {meaning}.")
        self._offset = len(_BOM) if self._buffer.startswith(_BOM) else 0
        self._buffer = self._buffer[self._offset :]
        self._ended = False
        self._sniffed = separator is None
        self.separator = sniff(self._buffer) if separator is None else separator
        self.names = self._header()

    def __iter__(self) -> Iterator[Block]:
        """Yield the rows after the header, once.

        Raises:
            DataError: A row has too many or too few cells, a quotation mark is out of place, or
                the bytes are no UTF-8. The error names the line.
        """
        while True:
            ends = self._complete_rows()
            if ends is None:
                return
            body = self._take(int(ends[-1]) + 1)
            yield self._block(body, ends)

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            raise DataError(f"{self._path} cannot be read: {os.strerror(error.errno or 5)}.") from (
                error
            )

    def _header(self) -> list[str]:
        ends = self._complete_rows()
        while ends is not None:
            text = self._take(int(ends[0]) + 1).decode("utf-8")
            line, self._line = self._line, self._line + text.count("\n")
            if text.strip():
                return self._cells(text.replace("\r\n", "\n"), line)
            ends = self._complete_rows()
        raise DataError(f"{self._path} is empty. Give a file with a header line and rows.")

    def _cells(self, text: str, line: int) -> list[str]:
        if "\r" in text:
            raise DataError(
                f"{self._path}, line {line}: lines end with a lone carriage return. "
                "Save the file with line ends \\n or \\r\\n."
            )
        try:
            return next(csv.reader([text], delimiter=self.separator, strict=True))
        except csv.Error as error:
            raise DataError(f"{self._path}, line {line}: bad header: {error}.") from error

    def _complete_rows(self) -> Index | None:
        """Return where the buffer's complete rows end, having filled it; None at the end."""
        while True:
            array = np.frombuffer(self._buffer, dtype=np.uint8)
            ends = np.flatnonzero(array == _NEWLINE)
            quotes = np.flatnonzero(array == _QUOTE)
            if quotes.size:
                self._check_quotes(array, quotes)
                ends = _outside(quotes, ends)
            if ends.size:
                return ends
            if self._ended:
                if not self._buffer:
                    return None
                self._check_text(self._buffer)
                # The last row had its newline added, so only an open quotation mark is left.
                raise self._error(0, "a quotation mark that opens in this row is never closed.")
            if len(self._buffer) > MAX_ROW_BYTES:
                self._check_text(self._buffer)
                raise self._error(
                    0,
                    f"the row that begins here is longer than {MAX_ROW_BYTES // 2**20} MiB. "
                    "Look for a quotation mark that is never closed.",
                )
            more = self._read(BLOCK_BYTES)
            if not more:
                self._ended = True
                if self._buffer and not self._buffer.endswith(b"\n"):
                    more = b"\n"
            self._buffer += more

    def _take(self, size: int) -> bytes:
        """Remove ``size`` bytes from the front of the buffer and return them, checked as text."""
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        self._check_text(body)
        self._offset += size
        return body

    def _block(self, body: bytes, ends: Index) -> Block:
        array = np.frombuffer(body, dtype=np.uint8)
        starts = np.concatenate(([0], ends[:-1] + 1))
        newlines = np.flatnonzero(array == _NEWLINE)
        cuts = np.flatnonzero(array == ord(self.separator))
        quotes = np.flatnonzero(array == _QUOTE)
        if quotes.size:
            cuts = _outside(quotes, cuts)
        lines = self._line + np.searchsorted(newlines, starts)
        lengths = ends - starts
        blank = (lengths == 0) | ((lengths == 1) & (array[starts] == _RETURN))
        cells = np.diff(np.searchsorted(cuts, ends), prepend=0) + 1
        wanted = len(self.names)
        ragged = (cells != wanted) & ~blank
        if ragged.any():
            row = int(np.argmax(ragged))
            found = ", found from the first lines; give another" if self._sniffed else ""
            many = "1 cell" if cells[row] == 1 else f"{cells[row]} cells"
            raise DataError(
                f"{self._path}, line {lines[row]}: {many} where the header has {wanted} (separator "
                f"{self.separator!r}{found}). Fix the row, or put quotation marks around a cell "
                "that holds the separator."
            )
        self._line += newlines.size
        if wanted > 1 and blank.any():
            kept = np.ones(array.size, dtype=bool)
            kept[starts[blank]] = kept[ends[blank]] = False
            body = array[kept].tobytes()
            lines, blank = lines[~blank], blank[~blank]
        return Block(body, lines, blank)

    def _check_text(self, body: bytes) -> None:
        """Raise unless ``body``, which begins where the buffer did, is UTF-8 without zeros."""
        if not body.isascii():
            try:
                body.decode("utf-8")
            except UnicodeDecodeError as error:
                line = self._line + body.count(b"\n", 0, error.start)
                raise DataError(
                    f"{self._path}, line {line}: invalid UTF-8 (byte 0x{body[error.start]:02x} at "
                    f"offset {self._offset + error.start}). Convert the file to UTF-8, "
                    "for example with iconv -f LATIN1 -t UTF-8."
                ) from error
        zero = body.find(b"\0")
        if zero >= 0:
            line = self._line + body.count(b"\n", 0, zero)
            raise DataError(
                f"{self._path}, line {line}: a zero byte (offset {self._offset + zero}). "
                "Give a text file in UTF-8."
            )

    def _check_quotes(self, array: npt.NDArray[np.uint8], quotes: Index) -> None:
        """Raise where a quotation mark neither wraps a cell nor is doubled inside one.

        Counted from a row's beginning, even marks open and odd ones close; a doubled mark closes
        and opens again at once.
        """
        cut = ord(self.separator)
        opening, closing = quotes[0::2], quotes[1::2]
        opening = opening[opening > 0]
        closing = closing[closing + 1 < array.size]
        before, after = array[opening - 1], array[closing + 1]
        strays = np.concatenate(
            (
                opening[(before != cut) & (before != _NEWLINE) & (before != _QUOTE)],
                closing[
                    (after != cut) & (after != _NEWLINE) & (after != _QUOTE) & (after != _RETURN)
                ],
            )
        )
        if strays.size:
            raise self._error(
                int(strays.min()),
                'a stray quotation mark ("). Put marks around the whole cell and double those '
                "inside it.",
            )

    def _error(self, position: int, text: str) -> DataError:
        line = self._line + self._buffer.count(b"\n", 0, position)
        return DataError(f"{self._path}, line {line}: {text}")


def sniff(head: bytes) -> str:
    """Find the separator from a file's first lines.

    The separators that cut the header are compared: the one that cuts the following lines into as
    many cells as the header wins, then the one that cuts the header into the most. A file of one
    column has none, and gets a comma.
    """
    sample = head[:65_536]
    lines = [line for line in _unquoted(sample).split(b"\n") if line.strip()]
    if len(sample) < len(head) and len(lines) > 1:
        lines.pop()
    lines = lines[:20]
    if not lines:
        return SEPARATORS[0]

    def merit(separator: str) -> tuple[float, int]:
        counts = [line.count(separator.encode()) for line in lines]
        if counts[0] == 0:
            return -1.0, 0
        return sum(count == counts[0] for count in counts) / len(counts), counts[0]

    return max(SEPARATORS, key=merit)


def _unquoted(text: bytes) -> bytes:
    """Return ``text`` without what stands between quotation marks."""
    return b"".join(text.split(b'"')[0::2])


def _outside(quotes: Index, positions: Index) -> Index:
    """Return those positions that lie outside quotation marks."""
    outside: Index = positions[np.searchsorted(quotes, positions) % 2 == 0]
    return outside
