"""Consoles that keep what is printed."""

from __future__ import annotations

import io
import re

from rich.console import Console

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """A console of a given width over a stream of a given encoding."""

    def __init__(self, width: int, *, encoding: str = "utf-8", colour: bool = False) -> None:
        self.bytes = io.BytesIO()
        stream = io.TextIOWrapper(self.bytes, encoding=encoding, write_through=True)
        self.console = Console(
            file=stream,
            width=width,
            force_terminal=colour,
            color_system="truecolor" if colour else None,
            no_color=None if colour else True,
        )

    @property
    def raw(self) -> str:
        return self.bytes.getvalue().decode()

    @property
    def text(self) -> str:
        return ANSI.sub("", self.raw)

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()
