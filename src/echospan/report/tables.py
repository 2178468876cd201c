"""Tables as data: one description for the page, the notebook, Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from echospan.foreign import one_line
from echospan.report import latex

UNSTACKED = ("steps", "findings")
"""Kinds of tables whose columns are short enough for a phone, or that have a layout for it."""


class Cell(NamedTuple):
    """Text of a cell, and how a page shows it.

    Attributes:
        text: Plain text.
        kind: "", or a class of the page: "hit", "miss", "code", "small".
        href: Where it leads to; empty for no link.
    """

    text: str
    kind: str = ""
    href: str = ""


class Block:
    """A part of a card; the templates have a macro that is called as its class is."""

    @property
    def block(self) -> str:
        """Name of the macro."""
        return type(self).__name__.lower()


@dataclass(frozen=True)
class Table(Block):
    """A table whose first column names the row.

    Attributes:
        head: Names of the columns.
        rows: Cells, or plain text.
        caption: What the table shows.
        numeric: Columns that are set flush right.
        kind: Class of the table on a page.
        label: What a paper's references call it; left out, it has none.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    caption: str
    numeric: Collection[int] = ()
    kind: str = ""
    label: str = ""

    @property
    def cells(self) -> list[list[Cell]]:
        """All rows, each entry a `Cell`."""
        return [[Cell(one) if isinstance(one, str) else one for one in row] for row in self.rows]

    @property
    def stacks(self) -> bool:
        """Whether a phone has no room for its columns beside each other."""
        return len(self.head) > 3 and self.kind not in UNSTACKED

    @property
    def texts(self) -> list[list[str]]:
        """All rows as plain text."""
        return [[cell.text for cell in row] for row in self.cells]

    def markdown(self) -> str:
        """The table in Markdown, its caption above it."""
        rule = [" ---: " if place in self.numeric else " --- " for place in range(len(self.head))]
        lines = [[_markdown(name) for name in self.head], rule]
        lines += [[_markdown(text) for text in row] for row in self.texts]
        body = "\n".join("|" + "|".join(f" {one.strip()} " for one in line) + "|" for line in lines)
        return f"{_markdown(self.caption)}\n\n{body}\n"

    def latex(self) -> str:
        """The table in LaTeX, with rules of the booktabs package."""
        return latex.table(self.head, self.texts, self.caption, self.numeric, self.label)


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", one_line(text))
