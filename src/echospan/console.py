"""The console that echospan prints to: what it is given is text, never markup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from echospan.foreign import visible


class Terminal(Console):
    """A Rich console that neither reads markup in strings nor lets control characters through.

    Styles are given as `Text`, by `pen.write`. Everything that Rich draws passes `render`, so
    that no cell, title, rule or label can carry an escape character to the terminal.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"markup": False, "emoji": False, "force_jupyter": False, **settings})

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """What Rich would write, without characters that a terminal would obey."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(visible(segment.text, lines=True), segment.style)
