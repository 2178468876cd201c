"""A CSV file as a stream of blocks of rows, read by Python's strict `csv` reader.

In a series a row that is misread shifts or invents a step. What the reader forgives is refused
here as well, with its line: a row with a cell too many or too few, a quotation mark inside a cell
without marks around it, and a file that is no UTF-8 text. The grammar is RFC 4180, with any
separator and line ends ``\\n`` or ``\\r\\n``.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from echospan.errors import DataError

SEPARATORS = (",", ";", "\t", "|")
"""The separators that :func:`sniff` knows, the likeliest first."""

BLOCK_BYTES = 2**15
"""Read at once: with larger blocks the rows no longer fit the processor's cache."""

HEAD_BYTES = 2**16
"""In which the separator is looked for."""

MAX_ROW_BYTES = 64 * 2**20

_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)*")
_BOM = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"PK\x03\x04": "a zip archive, such as an Excel workbook; export the sheet as CSV",
    b"\x1f\x8b": "gzip data; unpack it first",
    b"PAR1": "a Parquet file; export the column as CSV",
    b"\xff\xfe": "UTF-16 text; convert it, for example with iconv -f UTF-16 -t UTF-8",
    b"\xfe\xff": "UTF-16 text; convert it, for example with iconv -f UTF-16 -t UTF-8",
}


@dataclass(frozen=True)
class Block:
    """Some rows of a CSV file.

    Attributes:
        rows: The cells of each row. Blank lines are left out where a row has several cells; where
            it has one, a blank line is a row without cells.
        lines: The line on which each row begins; the first line of a file is 1.
    """

    rows: list[list[str]]
    lines: Sequence[int]


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
        self._stream, self._path, self._head = stream, path, b""
        self._head = self._read(HEAD_BYTES)
        for magic, meaning in _NOT_TEXT.items():
            if self._head.startswith(magic):
                raise DataError(f"{path} must be UTF-8 text; it looks like {meaning}.")
        self._offset = len(_BOM) if self._head.startswith(_BOM) else 0
        self._head = self._head[self._offset :]
        self._sniffed = separator is None
        self.separator = sniff(self._head) if separator is None else separator
        self._grammar = _Grammar(self.separator)
        self._line, self._open, self._part, self._ended = 1, "", b"", False
        self._first: Block | None = None
        self.names = self._header()

    def __iter__(self) -> Iterator[Block]:
        """Yield the rows after the header, once.

        Raises:
            DataError: A row has too many or too few cells, a quotation mark is out of place, or
                the bytes are no UTF-8. The error names the line.
        """
        block, self._first = self._first, None
        while block is not None:
            yield self._checked(block)
            block = self._next()

    def _header(self) -> list[str]:
        block = self._next(header=True)
        if block is None:
            raise DataError(f"{self._path} is empty. Give a file with a header line and rows.")
        self._first = Block(block.rows[1:], block.lines[1:])
        return [name.replace("\r\n", "\n") for name in block.rows[0]]

    def _next(self, *, header: bool = False) -> Block | None:
        """The next complete rows, None at the end of the file; no blank lines before a header."""
        while True:
            text = self._open + self._text()
            if not text:
                return None
            end = self._grammar.complete(text) if '"' in text else len(text)
            self._open = text[end:]
            if self._open and (stray := self._grammar.stray(self._open)) is not None:
                raise self._error(
                    text[: end + stray],
                    'a stray quotation mark ("). Put marks around the whole cell and double those '
                    "inside it.",
                )
            if self._open and self._ended:
                raise self._error(
                    text[:end], "a quotation mark that opens in this row is never closed."
                )
            if len(self._open) > MAX_ROW_BYTES:
                raise self._too_long(text[:end])
            blank = _BLANK_LINES.match(text, 0, end) if header else None
            begin = blank.end() if blank else 0
            self._line += text.count("\n", 0, begin)
            if begin < end:
                return self._parse(text[begin:end])

    def _text(self) -> str:
        """Some more lines of the file, empty at its end; checked as UTF-8 without zeros."""
        while not self._ended:
            # An open cell is looked through again with what follows: read as much as it is long.
            read = self._read(max(BLOCK_BYTES, len(self._open), len(self._part)))
            self._ended = not read
            self._part += read if read or self._part.endswith(b"\n") or not self._part else b"\n"
            end = self._part.rfind(b"\n") + 1
            if not end and len(self._part) > MAX_ROW_BYTES:
                raise self._too_long(self._open)
            if end:
                body, self._part = self._part[:end], self._part[end:]
                return self._decoded(body)
        return ""

    def _read(self, size: int) -> bytes:
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        try:
            return self._stream.read(size)
        except OSError as error:
            raise DataError(f"{self._path} cannot be read: {os.strerror(error.errno or 5)}.") from (
                error
            )

    def _decoded(self, body: bytes) -> str:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._error(
                self._open + body[: error.start].decode("utf-8"),
                f"invalid UTF-8 (byte 0x{body[error.start]:02x} at "
                f"offset {self._offset + error.start}). Convert the file to UTF-8, "
                "for example with iconv -f LATIN1 -t UTF-8.",
            ) from error
        if "\0" in text:
            zero = body.find(b"\0")
            raise self._error(
                self._open + body[:zero].decode("utf-8"),
                f"a zero byte (offset {self._offset + zero}). Give a text file in UTF-8.",
            )
        self._offset += len(body)
        return text

    def _parse(self, text: str) -> Block:
        """The rows of complete lines."""
        reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=self.separator, strict=True)
        before, limit = self._line, csv.field_size_limit(MAX_ROW_BYTES)
        lines: Sequence[int]
        try:
            if '"' not in text:
                rows = list(reader)
                lines = range(before, before + len(rows))
            else:
                rows, lines = [], []
                for row in reader:
                    rows.append(row)
                    lines.append(self._line)
                    self._line = before + reader.line_num
        except csv.Error as error:
            line = before + reader.line_num - 1
            what = "a lone carriage return. Save the file with line ends \\n or \\r\\n, or put "
            what += "quotation marks around a cell that holds one."
            raise DataError(f"{self._path}, line {line}: {what}") from error
        finally:
            csv.field_size_limit(limit)
        self._line = before + reader.line_num
        return Block(rows, lines)

    def _checked(self, block: Block) -> Block:
        """The block without blank lines, where rows have as many cells as the header."""
        wanted, rows = len(self.names), block.rows
        counts = set(map(len, rows))
        if not counts <= {0, wanted}:
            place = next(i for i, row in enumerate(rows) if len(row) not in (0, wanted))
            cells, origin = len(rows[place]), ", found from the first lines; give another"
            raise DataError(
                f"{self._path}, line {block.lines[place]}: "
                f"{'1 cell' if cells == 1 else f'{cells} cells'} where the header has {wanted} "
                f"(separator {self.separator!r}{origin if self._sniffed else ''}). Fix the row, or "
                "put quotation marks around a cell that contains the separator."
            )
        if wanted == 1 or 0 not in counts:
            return block
        kept = [(row, line) for row, line in zip(rows, block.lines, strict=True) if row]
        return Block([row for row, _ in kept], [line for _, line in kept])

    def _too_long(self, before: str) -> DataError:
        return self._error(
            before,
            f"the row that begins here is longer than {MAX_ROW_BYTES // 2**20} MiB. "
            "Look for a quotation mark that is never closed.",
        )

    def _error(self, before: str, text: str) -> DataError:
        """An error on the line after these ones, which have not been counted yet."""
        return DataError(f"{self._path}, line {self._line + before.count(chr(10))}: {text}")


class _Grammar:
    """Where quotation marks may stand: around a whole cell, and doubled inside one."""

    def __init__(self, separator: str) -> None:
        cut = re.escape(separator)
        inside = r'"[^"]*+(?:""[^"]*+)*+'
        cell = rf'(?:{inside}"|[^"\n{cut}]*+)'
        self._rows = re.compile(rf"(?:{cell}(?:{cut}{cell})*+\r?\n)*+")
        self._open_row = re.compile(rf"(?:{cell}{cut})*+{inside}\Z")
        self._sound = re.compile(rf"(?:{cell}{cut})*+{cell}")

    def complete(self, text: str) -> int:
        """Where the complete rows at the beginning of a text end."""
        match = self._rows.match(text)
        assert match is not None
        return match.end()

    def stray(self, row: str) -> int | None:
        """Where the first mark that is out of place stands; None in a row that goes on."""
        if self._open_row.match(row):
            return None
        match = self._sound.match(row)
        assert match is not None
        return match.end()


def sniff(head: bytes) -> str:
    """Find the separator from a file's first lines.

    The separators that cut the header are compared: the one that cuts the following lines into as
    many cells as the header wins, then the one that cuts the header into the most. A file of one
    column has none, and gets a comma.
    """
    unquoted = b"".join(head.split(b'"')[0::2])
    lines = [line for line in unquoted.split(b"\n") if line.strip()]
    if not head.endswith(b"\n") and len(head) >= HEAD_BYTES - len(_BOM) and len(lines) > 1:
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
