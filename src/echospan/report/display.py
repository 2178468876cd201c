"""How a result shows itself: in a terminal, in a notebook, as a figure, in a file."""

from __future__ import annotations

import io
import json
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from echospan.arguments import instance, number, optional, path, validated
from echospan.console import Terminal
from echospan.errors import ConfigError
from echospan.extras import needs
from echospan.report.document import Card, Page, card_html, page_html
from echospan.report.figures.save import SUFFIXES as FIGURES
from echospan.report.figures.save import save as save_figure
from echospan.report.figures.style import WIDTH as WIDE
from echospan.report.figures.style import at_width
from echospan.report.files import write_whole
from echospan.report.tables import Table
from echospan.results.data import finite

if TYPE_CHECKING:
    import polars
    from matplotlib.figure import Figure

FRAMES = (".csv", ".parquet")
SUFFIXES = (".html", *FIGURES, ".json", *FRAMES, ".md", ".tex")
"""File name endings that `save` takes."""

WIDTH = 100
"""Columns of a result as text."""


def checked_suffix(path: str | Path, name: str = "path") -> str:
    """Return the suffix of a file that a result is to be saved as.

    Raises:
        ConfigError: `save` does not know it.
        MissingExtra: What writes such a file is not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        allowed = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        raise ConfigError(name, f"a file name ending in {allowed}", str(path))
    if suffix in FIGURES:
        needs(f"A {suffix} file", "matplotlib")
    if suffix in FRAMES:
        needs(f"A {suffix} file", "polars")
    return suffix


class Display:
    """Base of what the verbs return: everything that shows a result, or writes it."""

    @validated(console=instance("a rich.console.Console", "rich.console:Console"))
    def print(self, console: Console | None = None) -> None:
        """Print the result as text.

        Args:
            console: Where to; left out, standard output, as wide as the terminal.
        """
        if console is not None:
            self._print(console)
            return
        own = Terminal()
        if own.legacy_windows:
            self._print(own)
            return
        # At once: a notebook would show an output for each line.
        with own.capture() as captured:
            self._print(own)
        own.file.write(captured.get())

    @abstractmethod
    def figure(self) -> Figure:
        """Return the result as a matplotlib figure."""

    @validated(path=path, width=optional(number(least=2, most=20)))
    def save(self, path: str | Path, *, width: float | None = None) -> Path:
        """Write the result to a file; it appears whole or not at all.

        Args:
            path: The suffix chooses the form: ``.html`` a page that stands alone, ``.png``,
                ``.svg`` or ``.pdf`` the figure, ``.json`` what `to_dict` returns, ``.csv`` or
                ``.parquet`` what `to_frame` returns, ``.md`` or ``.tex`` the table.
            width: Of a figure, in inches, 7.2 if left out; 3.5 fits a column of a paper with two.
                Type keeps its size. A sheet in a column is its accuracy by lag alone.

        Returns:
            The path.

        Raises:
            ConfigError: Another suffix, or a place that cannot be written to.
            MissingExtra: A figure without matplotlib, or a frame without polars.

        Example:
            >>> sheet.save("gru.html")  # doctest: +SKIP
        """
        path, suffix = Path(path), checked_suffix(path)
        if suffix in FIGURES:
            with at_width(width or WIDE):
                return save_figure(self.figure(), path)
        return write_whole(path, self._bytes(suffix), "path")

    def _bytes(self, suffix: str) -> bytes:
        if suffix in FRAMES:
            buffer = io.BytesIO()
            frame = self.to_frame()
            frame.write_csv(buffer) if suffix == ".csv" else frame.write_parquet(buffer)
            return buffer.getvalue()
        if suffix == ".json":
            text = json.dumps(finite(self.to_dict()), ensure_ascii=False)
        elif suffix == ".html":
            text = page_html(self._page())
        elif suffix == ".md":
            text = "\n".join(table.markdown() for table in self._tables())
        else:
            text = "\n".join(table.latex() for table in self._paper())
        return text.encode()

    def __str__(self) -> str:
        """The result as text without colour, 100 columns wide."""
        buffer = io.StringIO()
        self._print(Terminal(file=buffer, width=WIDTH, color_system=None))
        return buffer.getvalue()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._summary()}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: table and figure, without network."""
        return card_html(self._card())

    if TYPE_CHECKING:
        # From the data that a result is.
        def to_dict(self) -> dict[str, Any]: ...  # noqa: D102
        def to_frame(self) -> polars.DataFrame: ...  # noqa: D102

    @abstractmethod
    def _print(self, console: Console) -> None: ...
    @abstractmethod
    def _summary(self) -> str: ...
    @abstractmethod
    def _card(self) -> Card: ...
    @abstractmethod
    def _page(self) -> Page: ...
    @abstractmethod
    def _tables(self) -> list[Table]: ...

    def _paper(self) -> list[Table]:
        """The tables as they stand in a paper, with what a reader must know in the caption."""
        return self._tables()
